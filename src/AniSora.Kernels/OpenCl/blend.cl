// Mixing by a mask: m·a + (1-m)·b. Work-items take 16 bytes or 4 floats of one channel at a time, or as many pixels of three channels, whose
// weights are spread by swizzling; any other number of channels goes pixel by pixel. Equal to MaskBlend bit by bit: no contraction to fma.
#pragma OPENCL FP_CONTRACT OFF

uchar mix_byte(uint m, uint a, uint b)
{
    uint x = m * a + (255 - m) * b + 128;
    return (uchar)((x + (x >> 8)) >> 8);
}

uchar16 mix_bytes(uchar16 mask, uchar16 first, uchar16 second)
{
    ushort16 m = convert_ushort16(mask);
    ushort16 x = m * convert_ushort16(first) + ((ushort16)255 - m) * convert_ushort16(second) + (ushort16)128;
    return convert_uchar16((x + (x >> (ushort16)8)) >> (ushort16)8);
}

float mix_float(float m, float a, float b) { return m * a + (1.0f - m) * b; }

float4 mix_floats(float4 m, float4 a, float4 b) { return m * a + (1.0f - m) * b; }

// Planes [C, pixels]; work-item (i, c) has pixels 16·i … of plane c.
kernel void planes_of_bytes(global const uchar* mask, global const uchar* a, global const uchar* b, global uchar* to, int pixels)
{
    int from = 16 * (int)get_global_id(0);
    size_t plane = get_global_id(1) * (size_t)pixels;
    if (from + 16 <= pixels)
        vstore16(mix_bytes(vload16(0, mask + from), vload16(0, a + plane + from), vload16(0, b + plane + from)), 0, to + plane + from);
    else
        for (int i = from; i < pixels; i++)
            to[plane + i] = mix_byte(mask[i], a[plane + i], b[plane + i]);
}

kernel void planes_of_floats(global const float* mask, global const float* a, global const float* b, global float* to, int pixels)
{
    int from = 4 * (int)get_global_id(0);
    size_t plane = get_global_id(1) * (size_t)pixels;
    if (from + 4 <= pixels)
        vstore4(mix_floats(vload4(0, mask + from), vload4(0, a + plane + from), vload4(0, b + plane + from)), 0, to + plane + from);
    else
        for (int i = from; i < pixels; i++)
            to[plane + i] = mix_float(mask[i], a[plane + i], b[plane + i]);
}

// Pixels [pixels, channels]; work-item i has pixels 16·i … or 4·i ….
kernel void pixels_of_bytes(global const uchar* mask, global const uchar* a, global const uchar* b, global uchar* to, int pixels, int channels)
{
    int from = 16 * (int)get_global_id(0), end = min(from + 16, pixels);
    if (channels == 3 && from + 16 <= pixels)
    {
        uchar16 m = vload16(0, mask + from);
        size_t at = 3 * (size_t)from;
        vstore16(mix_bytes(m.s0001112223334445, vload16(0, a + at), vload16(0, b + at)), 0, to + at);
        vstore16(mix_bytes(m.s55666777888999aa, vload16(1, a + at), vload16(1, b + at)), 1, to + at);
        vstore16(mix_bytes(m.sabbbcccdddeeefff, vload16(2, a + at), vload16(2, b + at)), 2, to + at);
        return;
    }
    for (int i = from; i < end; i++)
        for (size_t at = (size_t)i * channels, last = at + channels; at < last; at++)
            to[at] = mix_byte(mask[i], a[at], b[at]);
}

kernel void pixels_of_floats(global const float* mask, global const float* a, global const float* b, global float* to, int pixels, int channels)
{
    int from = 4 * (int)get_global_id(0), end = min(from + 4, pixels);
    if (channels == 3 && from + 4 <= pixels)
    {
        float4 m = vload4(0, mask + from);
        size_t at = 3 * (size_t)from;
        vstore4(mix_floats(m.s0001, vload4(0, a + at), vload4(0, b + at)), 0, to + at);
        vstore4(mix_floats(m.s1122, vload4(1, a + at), vload4(1, b + at)), 1, to + at);
        vstore4(mix_floats(m.s2333, vload4(2, a + at), vload4(2, b + at)), 2, to + at);
        return;
    }
    for (int i = from; i < end; i++)
        for (size_t at = (size_t)i * channels, last = at + channels; at < last; at++)
            to[at] = mix_float(mask[i], a[at], b[at]);
}
