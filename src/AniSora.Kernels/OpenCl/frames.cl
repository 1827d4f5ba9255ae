// What shot detection compares, as FrameFeatures. All arithmetic is in whole numbers; sums of parts are added up by the host.

// Work-item i sums |a - b| over its part of the bytes.
kernel void difference(global const uchar* a, global const uchar* b, global uint* sums, int length, int part)
{
    int from = (int)get_global_id(0) * part;
    if (from >= length)
        return;
    uint sum = 0;
    for (int i = from; i < min(from + part, length); i++)
        sum += abs_diff(a[i], b[i]);
    sums[get_global_id(0)] = sum;
}

// round(numerator / divisor), as in OpenCV's tables; a divisor of 0 meets a factor of 0.
int quotient(int numerator, int divisor)
{
    divisor = max(divisor, 1);
    return (2 * numerator + divisor) / (2 * divisor);
}

int3 hsv_of(global const uchar* pixel)
{
    int r = pixel[0], g = pixel[1], b = pixel[2];
    int value = max(r, max(g, b)), diff = value - min(r, min(g, b));
    int saturation = (diff * quotient(255 << 12, value) + (1 << 11)) >> 12;
    int sector = value == r ? g - b : value == g ? b - r + 2 * diff : r - g + 4 * diff;
    int hue = (sector * quotient(30 << 12, diff) + (1 << 11)) >> 12;
    return (int3)(hue < 0 ? hue + 180 : hue, saturation, value);
}

// Three planes [3, pixels].
kernel void to_hsv(global const uchar* picture, global uchar* hsv, int pixels, int channels)
{
    int i = (int)get_global_id(0);
    if (i >= pixels)
        return;
    int3 value = hsv_of(picture + (size_t)i * channels);
    hsv[i] = (uchar)value.x;
    hsv[(size_t)pixels + i] = (uchar)value.y;
    hsv[2 * (size_t)pixels + i] = (uchar)value.z;
}

// Each group sums its part of the pixels by level: saturation × value by hue, value by saturation, and pixels by value. A part is small enough
// for 32 bits.
kernel void levels(global const uchar* picture, global uint* sums, int pixels, int channels, int part)
{
    local uint bins[3 * 256];
    int item = (int)get_local_id(0), items = (int)get_local_size(0), group = (int)get_group_id(0);
    for (int i = item; i < 3 * 256; i += items)
        bins[i] = 0;
    barrier(CLK_LOCAL_MEM_FENCE);
    long end = min((long)(group + 1) * part, (long)pixels);
    for (long i = (long)group * part + item; i < end; i += items)
    {
        int3 value = hsv_of(picture + i * channels);
        atomic_add(bins + value.x, (uint)(value.y * value.z));
        atomic_add(bins + 256 + value.y, (uint)value.z);
        atomic_inc(bins + 512 + value.z);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int i = item; i < 3 * 256; i += items)
        sums[(size_t)group * 3 * 256 + i] = bins[i];
}

kernel void luma(global const uchar* picture, global uchar* to, int pixels, int channels)
{
    int i = (int)get_global_id(0);
    if (i >= pixels)
        return;
    global const uchar* pixel = picture + (size_t)i * channels;
    to[i] = (uchar)((77 * pixel[0] + 150 * pixel[1] + 29 * pixel[2] + 128) >> 8);
}

// |gx| + |gy| and |gx| - |gy|; 0 on the outermost pixels.
kernel void sobel(global const uchar* luma, global short* magnitude, global short* direction, int width, int height)
{
    int x = (int)get_global_id(0), y = (int)get_global_id(1);
    if (x >= width)
        return;
    int i = y * width + x, across = 0, down = 0;
    if (x > 0 && y > 0 && x < width - 1 && y < height - 1)
    {
        global const uchar* above = luma + i - width;
        global const uchar* below = luma + i + width;
        across = abs(above[1] - above[-1] + 2 * (luma[i + 1] - luma[i - 1]) + below[1] - below[-1]);
        down = abs(below[-1] - above[-1] + 2 * (below[0] - above[0]) + below[1] - above[1]);
    }
    magnitude[i] = (short)(across + down);
    direction[i] = (short)(across - down);
}

// Larger than the neighbour before, no smaller than the one behind.
kernel void thin(global const short* magnitude, global const short* direction, global uchar* edges, int width, int height, int threshold)
{
    int x = (int)get_global_id(0), y = (int)get_global_id(1);
    if (x >= width)
        return;
    int i = y * width + x;
    bool edge = false;
    if (x > 1 && y > 1 && x < width - 2 && y < height - 2)
    {
        int step = direction[i] >= 0 ? 1 : width;
        edge = magnitude[i] >= threshold && magnitude[i] > magnitude[i - step] && magnitude[i] >= magnitude[i + step];
    }
    edges[i] = edge ? 255 : 0;
}

// Work-item i counts the edges of its part, and those of them that lie outside a region.
kernel void outside(global const uchar* edges, global const uchar* region, global uint* counts, int length, int part)
{
    int from = (int)get_global_id(0) * part;
    if (from >= length)
        return;
    uint all = 0, out = 0;
    for (int i = from; i < min(from + part, length); i++)
    {
        all += edges[i] != 0;
        out += edges[i] != 0 && region[i] == 0;
    }
    counts[2 * get_global_id(0)] = out;
    counts[2 * get_global_id(0) + 1] = all;
}
