// Dilation and erosion by a square, as MaskMorphology: all frames, each with a margin, are one long line; windows double along rows (step 1),
// then along columns (step of a row). What rows and frames spill into each other falls into the margins.

kernel void pad(global const uchar* mask, global uchar* padded, int width, int height, int radius, int neutral)
{
    int x = (int)get_global_id(0), y = (int)get_global_id(1), stride = width + 2 * radius;
    if (x >= stride)
        return;
    int fromX = x - radius, fromY = y - radius;
    bool inside = fromX >= 0 && fromX < width && fromY >= 0 && fromY < height;
    size_t frame = get_global_id(2);
    padded[(frame * (height + 2 * radius) + y) * stride + x] = inside ? mask[(frame * height + fromY) * width + fromX] : (uchar)neutral;
}

// to[i] = the pick of from[i] and from[i + step]; the last ones, which have none ahead, stay.
kernel void pick_ahead(global const uchar* from, global uchar* to, int length, int step, int highest)
{
    int at = 16 * (int)get_global_id(0);
    if (at + 16 <= length - step)
    {
        uchar16 a = vload16(0, from + at), b = vload16(0, from + at + step);
        vstore16(highest ? max(a, b) : min(a, b), 0, to + at);
        return;
    }
    for (int i = at; i < min(at + 16, length); i++)
    {
        uchar a = from[i], b = i + step < length ? from[i + step] : a;
        to[i] = highest ? max(a, b) : min(a, b);
    }
}

kernel void crop(global const uchar* padded, global uchar* mask, int width, int height, int radius)
{
    int x = (int)get_global_id(0), y = (int)get_global_id(1);
    size_t frame = get_global_id(2);
    if (x < width)
        mask[(frame * height + y) * width + x] = padded[(frame * (height + 2 * radius) + y) * (width + 2 * radius) + x];
}
