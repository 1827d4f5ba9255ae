// Masks over time, at the size of latents, and over pictures: as MaskFrames, MaskFold and MaskOverlay.

// Work-item i looks at pixel i through all frames: inside where the highest value, or with moving the range of values, reaches the threshold.
kernel void over_time(global const uchar* masks, global uchar* to, int pixels, int frames, int threshold, int moving)
{
    int i = (int)get_global_id(0);
    if (i >= pixels)
        return;
    uchar lowest = 255, highest = 0;
    for (int t = 0; t < frames; t++)
    {
        uchar value = masks[(size_t)t * pixels + i];
        lowest = min(lowest, value);
        highest = max(highest, value);
    }
    to[i] = (moving ? highest - lowest : highest) >= threshold ? 255 : 0;
}

// How many parts of pixel `pixel` lie in cell `cell` of a line on which a pixel has `pixelSize` parts and a cell `cellSize` (CellLine).
long share(long cell, long pixel, long cellSize, long pixelSize)
{
    return min((cell + 1) * cellSize, (pixel + 1) * pixelSize) - max(cell * cellSize, pixel * pixelSize);
}

// Work-item (i, j, t) sums the pixels of cell (i, j) of frame t by their shares of it. threshold < 0: by value.
kernel void pool(
    global const uchar* mask, global long* sums, int width, int height, int across, int pixelWidth, int cellWidth, int pixelHeight, int cellHeight,
    int threshold)
{
    long cellX = get_global_id(0), cellY = get_global_id(1), down = get_global_size(1);
    if (cellX >= across)
        return;
    long left = cellX * cellWidth / pixelWidth, right = ((cellX + 1) * cellWidth + pixelWidth - 1) / pixelWidth;
    long top = cellY * cellHeight / pixelHeight, bottom = ((cellY + 1) * cellHeight + pixelHeight - 1) / pixelHeight;
    long sum = 0;
    for (long y = top; y < bottom; y++)
    {
        long line = 0;
        for (long x = left; x < right; x++)
        {
            int value = mask[((size_t)get_global_id(2) * height + y) * width + x];
            line += share(cellX, x, cellWidth, pixelWidth) * (threshold < 0 ? value : value >= threshold ? 255 : 0);
        }
        sum += share(cellY, y, cellHeight, pixelHeight) * line;
    }
    sums[(get_global_id(2) * down + cellY) * across + cellX] = sum;
}

uchar mix_byte(uint m, uint a, uint b)
{
    uint x = m * a + (255 - m) * b + 128;
    return (uchar)((x + (x >> 8)) >> 8);
}

// A colour over what is inside; core: the mask shrunk by the outline's width, or the mask itself for no outline.
kernel void overlay(
    global const uchar* pictures, global const uchar* mask, global const uchar* core, global uchar* to, int pixels, int channels, int red, int green,
    int blue, int opacity)
{
    int i = (int)get_global_id(0);
    if (i >= pixels)
        return;
    uint weight = mask[i] >= 128 && core[i] < 128 ? 255 : mix_byte(mask[i], opacity, 0);
    size_t at = (size_t)i * channels;
    to[at] = mix_byte(weight, red, pictures[at]);
    to[at + 1] = mix_byte(weight, green, pictures[at + 1]);
    to[at + 2] = mix_byte(weight, blue, pictures[at + 2]);
    if (channels == 4)
        to[at + 3] = mix_byte(weight, 255, pictures[at + 3]);
}
