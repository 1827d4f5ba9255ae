// Soft edges, as MaskFeather. All arithmetic is in whole numbers.

// Along rows: bytes to 1/16 levels. weights: the centre's, then outwards; they sum to 4096.
kernel void blur_rows(global const uchar* mask, global ushort* blurred, constant int* weights, int radius, int width)
{
    int x = (int)get_global_id(0);
    if (x >= width)
        return;
    size_t row = get_global_id(1) * (size_t)width;
    int sum = weights[0] * mask[row + x];
    for (int k = 1; k <= radius; k++)
        sum += weights[k] * (mask[row + max(0, x - k)] + mask[row + min(width - 1, x + k)]);
    blurred[row + x] = (ushort)((sum + 128) >> 8);
}

// Along columns: back to bytes.
kernel void blur_columns(global const ushort* blurred, global uchar* mask, constant int* weights, int radius, int width, int height)
{
    int x = (int)get_global_id(0), y = (int)get_global_id(1);
    if (x >= width)
        return;
    size_t frame = get_global_id(2) * (size_t)width * height + x;
    int sum = weights[0] * blurred[frame + (size_t)y * width];
    for (int k = 1; k <= radius; k++)
        sum += weights[k] * (blurred[frame + (size_t)max(0, y - k) * width] + blurred[frame + (size_t)min(height - 1, y + k) * width]);
    mask[frame + (size_t)y * width] = (uchar)((sum + 32768) >> 16);
}

// How far the nearest pixel of the other side is in the same column, at most radius + 1.
kernel void column_distance(global const uchar* mask, global uchar* distance, int radius, int width, int height)
{
    int x = (int)get_global_id(0), y = (int)get_global_id(1);
    if (x >= width)
        return;
    size_t frame = get_global_id(2) * (size_t)width * height + x;
    bool inside = mask[frame + (size_t)y * width] >= 128;
    int d = 1;
    for (; d <= radius; d++)
    {
        if (y - d >= 0 && (mask[frame + (size_t)(y - d) * width] >= 128) != inside)
            break;
        if (y + d < height && (mask[frame + (size_t)(y + d) * width] >= 128) != inside)
            break;
    }
    distance[frame + (size_t)y * width] = (uchar)d;
}

// The least dx² + column distance², looked up in the ramp.
kernel void ramp_by_distance(
    global const uchar* mask, global const uchar* distance, global uchar* result, global const uchar* ramp, int radius, int width)
{
    int x = (int)get_global_id(0);
    if (x >= width)
        return;
    size_t row = get_global_id(1) * (size_t)width;
    bool inside = mask[row + x] >= 128;
    int nearest = (radius + 1) * (radius + 1);
    for (int other = max(0, x - radius); other <= min(width - 1, x + radius); other++)
    {
        int d = (mask[row + other] >= 128) == inside ? distance[row + other] : 0;
        nearest = min(nearest, (other - x) * (other - x) + d * d);
    }
    uchar value = ramp[nearest];
    result[row + x] = inside ? value : (uchar)(255 - value);
}
