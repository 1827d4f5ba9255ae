// Dense optical flow, step by step as in Flow/*.cs (where the reasons are): images have a border of BORDER pixels, grids of nodes a margin, and
// work-items stand for nodes or pixels. A grid is one buffer of planes of `length` floats. Sums run in the managed code's order and fma only
// where that has it, so on a device with IEEE division and roots results are equal but for rounding.
#pragma OPENCL FP_CONTRACT OFF

#define BORDER 16
#define CELL 4
#define OVERHANG 2
#define PIXELS 64
#define GRID_MARGIN 8

#define U 0
#define V 1
#define MATCH_U 2
#define MATCH_V 3
#define XX 4
#define XY 5
#define YY 6
#define RESIDUAL 7
#define MEAN 8
#define TRIED_U 9
#define TRIED_V 10

typedef global const float* image;

int pixel_index(int x, int y, int width) { return (y + BORDER) * (width + 2 * BORDER) + x + BORDER; }

int node_index(int i, int j, int columns) { return (j + 1) * (columns + 2 * GRID_MARGIN) + GRID_MARGIN + i; }

float sum8(float8 v) { return ((v.s0 + v.s1) + (v.s2 + v.s3)) + ((v.s4 + v.s5) + (v.s6 + v.s7)); }

// ---- images ----

kernel void take_picture(global const float* picture, global float* to, int width, int height)
{
    int x = (int)get_global_id(0), y = (int)get_global_id(1), stride = width + 2 * BORDER;
    if (x < stride)
        to[y * stride + x] = picture[clamp(y - BORDER, 0, height - 1) * width + clamp(x - BORDER, 0, width - 1)];
}

kernel void halve(image from, global float* to, int fromWidth, int fromHeight)
{
    int width = (fromWidth + 1) / 2, height = (fromHeight + 1) / 2, stride = width + 2 * BORDER;
    int i = (int)get_global_id(0), j = (int)get_global_id(1);
    if (i >= stride)
        return;
    int x = 2 * clamp(i - BORDER, 0, width - 1), y = 2 * clamp(j - BORDER, 0, height - 1);
    image above = from + pixel_index(0, y, fromWidth);
    image below = from + pixel_index(0, min(y + 1, fromHeight - 1), fromWidth);
    int next = min(x + 1, fromWidth - 1);
    to[j * stride + i] = 0.25f * (above[x] + below[x] + (above[next] + below[next]));
}

// ---- patches ----

typedef struct
{
    float8 value[8], gx[8], gy[8];
    float xx, xy, yy, mean, variance;
    int x, y;
} patch;

void take(patch* p, image first, int i, int j, int width)
{
    int stride = width + 2 * BORDER, at = pixel_index(i * CELL - OVERHANG, j * CELL - OVERHANG, width);
    p->x = i * CELL - OVERHANG;
    p->y = j * CELL - OVERHANG;
    float8 xx = 0, xy = 0, yy = 0, sum = 0, power = 0;
    for (int row = 0; row < 8; row++, at += stride)
    {
        float8 here = vload8(0, first + at);
        float8 across = (vload8(0, first + at + 1) - vload8(0, first + at - 1)) * 0.5f;
        float8 down = (vload8(0, first + at + stride) - vload8(0, first + at - stride)) * 0.5f;
        p->value[row] = here;
        p->gx[row] = across;
        p->gy[row] = down;
        sum += here;
        power = fma(here, here, power);
        xx = fma(across, across, xx);
        xy = fma(across, down, xy);
        yy = fma(down, down, yy);
    }
    p->xx = sum8(xx);
    p->xy = sum8(xy);
    p->yy = sum8(yy);
    p->mean = sum8(sum) / PIXELS;
    p->variance = sum8(power) / PIXELS - p->mean * p->mean;
}

float8 between(image values, int at, float8 fx)
{
    float8 left = vload8(0, values + at);
    return fma(fx, vload8(0, values + at + 1) - left, left);
}

int locate(float x, float y, int width, int height, float* fx, float* fy)
{
    const int reach = BORDER - 1;
    x = clamp(x, (float)-reach, (float)(width + reach - 9));
    y = clamp(y, (float)-reach, (float)(height + reach - 9));
    int x0 = (int)floor(x), y0 = (int)floor(y);
    *fx = x - x0;
    *fy = y - y0;
    return pixel_index(x0, y0, width);
}

float evaluate(const patch* p, image second, int width, int height, float u, float v, float* du, float* dv)
{
    int stride = width + 2 * BORDER;
    float x, y;
    int at = locate(p->x + u, p->y + v, width, height, &x, &y);
    float8 fx = x, fy = y, squares = 0, us = 0, vs = 0, above = between(second, at, fx);
    for (int row = 0; row < 8; row++)
    {
        at += stride;
        float8 below = between(second, at, fx), difference = fma(fy, below - above, above) - p->value[row];
        above = below;
        squares = fma(difference, difference, squares);
        us = fma(difference, p->gx[row], us);
        vs = fma(difference, p->gy[row], vs);
    }
    *du = sum8(us);
    *dv = sum8(vs);
    return sum8(squares);
}

float difference_at(const patch* p, image second, int width, int height, float u, float v)
{
    float du, dv;
    return evaluate(p, second, width, height, u, v, &du, &dv);
}

// Gauss–Newton from (u, v), then, if the difference falls below a limit, the node's new match.
void descend(
    const patch* p, image second, int width, int height, global float* grid, int length, int node, float u, float v, int iterations,
    float shortestStep, float damping, float doubt, float trust, float below)
{
    float a = p->xx + damping, c = p->yy + damping, inverse = 1 / (a * c - p->xy * p->xy), gu, gv;
    float best = evaluate(p, second, width, height, u, v, &gu, &gv);
    for (int i = 0; i < iterations; i++)
    {
        float du = (c * gu - p->xy * gv) * inverse, dv = (a * gv - p->xy * gu) * inverse, squared = du * du + dv * dv;
        if (squared < shortestStep * shortestStep)
            break;
        float scale = squared > 4 ? 2 / sqrt(squared) : 1;
        float now = evaluate(p, second, width, height, u - scale * du, v - scale * dv, &gu, &gv);
        if (now >= best)
            break;
        best = now;
        u -= scale * du;
        v -= scale * dv;
    }
    if (!(best < below))
        return;
    float residual = best / PIXELS, say = trust / (1 + residual / doubt);
    grid[MATCH_U * length + node] = u;
    grid[MATCH_V * length + node] = v;
    grid[XX * length + node] = p->xx * say;
    grid[XY * length + node] = p->xy * say;
    grid[YY * length + node] = p->yy * say;
    grid[RESIDUAL * length + node] = residual;
    grid[MEAN * length + node] = p->mean;
}

bool alike(float u, float v, float otherU, float otherV) { return fabs(u - otherU) + fabs(v - otherV) < 0.05f; }

// ---- the steps of a level; (i, j) is a node ----

kernel void match(
    image first, image second, global float* grid, global const float* camera, int width, int height, int columns, int length, int useCamera, float tie,
    int iterations, float shortestStep, float damping, float doubt, float trust)
{
    int i = (int)get_global_id(0), j = (int)get_global_id(1), rows = (int)get_global_size(1);
    if (i >= columns)
        return;
    int node = node_index(i, j, columns);
    patch p;
    take(&p, first, i, j, width);
    float u = grid[U * length + node], v = grid[V * length + node];
    if (useCamera)
    {
        float cu = camera[j * columns + i], cv = camera[(rows + j) * columns + i];
        if (!alike(u, v, cu, cv)
            && difference_at(&p, second, width, height, cu, cv) < difference_at(&p, second, width, height, u, v) - tie)
        {
            u = cu;
            v = cv;
        }
    }
    descend(&p, second, width, height, grid, length, node, u, v, iterations, shortestStep, damping, doubt, trust, INFINITY);
}

kernel void search(
    image first, image second, global float* grid, int width, int height, int columns, int length, int radius, int step, float unmatched,
    float unmatchedShare, int iterations, float shortestStep, float damping, float doubt, float trust)
{
    int i = (int)get_global_id(0), j = (int)get_global_id(1);
    if (i >= columns)
        return;
    int node = node_index(i, j, columns), stride = width + 2 * BORDER;
    float residual = grid[RESIDUAL * length + node];
    if (residual < unmatched)
        return;
    patch p;
    take(&p, first, i, j, width);
    if (residual < unmatchedShare * p.variance)
        return;
    float best = MAXFLOAT;
    int shortest = 0, u = 0, v = 0;
    for (int dy = -radius; dy <= radius; dy += step)
        for (int dx = -radius; dx <= radius; dx += step)
        {
            int at = pixel_index(p.x + dx, p.y + dy, width), squared = dx * dx + dy * dy;
            float8 even = 0, odd = 0;
            for (int row = 0; row < 8; row += 2, at += 2 * stride)
            {
                float8 a = vload8(0, second + at) - p.value[row], b = vload8(0, second + at + stride) - p.value[row + 1];
                even = fma(a, a, even);
                odd = fma(b, b, odd);
            }
            float difference = sum8(even + odd);
            if (difference < best || (difference == best && squared < shortest))
            {
                best = difference;
                shortest = squared;
                u = dx;
                v = dy;
            }
        }
    descend(&p, second, width, height, grid, length, node, u, v, iterations, shortestStep, damping, doubt, trust, 0.7f * PIXELS * residual);
}

// What all nodes try before any of them changes.
kernel void remember(global float* grid, int length)
{
    int i = (int)get_global_id(0);
    if (i >= length)
        return;
    grid[TRIED_U * length + i] = grid[MATCH_U * length + i];
    grid[TRIED_V * length + i] = grid[MATCH_V * length + i];
}

kernel void propagate(
    image first, image second, global float* grid, int width, int height, int columns, int length, float unmatched, int iterations, float shortestStep,
    float damping, float doubt, float trust)
{
    const int dx[8] = {1, -1, 0, 0, 2, -2, 0, 0}, dy[8] = {0, 0, 1, -1, 0, 0, 2, -2};
    int i = (int)get_global_id(0), j = (int)get_global_id(1), rows = (int)get_global_size(1);
    if (i >= columns)
        return;
    int node = node_index(i, j, columns), from = -1;
    float residual = grid[RESIDUAL * length + node];
    if (residual < unmatched)
        return;
    global const float* us = grid + TRIED_U * length;
    global const float* vs = grid + TRIED_V * length;
    patch p;
    take(&p, first, i, j, width);
    float best = 0.9f * PIXELS * residual;
    for (int k = 0; k < 8; k++)
    {
        if (i + dx[k] < 0 || j + dy[k] < 0 || i + dx[k] >= columns || j + dy[k] >= rows)
            continue;
        int other = node_index(i + dx[k], j + dy[k], columns);
        if (fabs(us[other] - us[node]) + fabs(vs[other] - vs[node]) < 0.5f)
            continue;
        float difference = difference_at(&p, second, width, height, us[other], vs[other]);
        if (difference < best)
        {
            best = difference;
            from = other;
        }
    }
    if (from >= 0)
        descend(&p, second, width, height, grid, length, node, us[from], vs[from], iterations, shortestStep, damping, doubt, trust, INFINITY);
}

// 1 where stillness does not explain a patch as well as the grid's motion.
kernel void moves(image first, image second, global const float* grid, global uchar* moving, int width, int height, int columns, int length, float tie)
{
    int i = (int)get_global_id(0), j = (int)get_global_id(1);
    if (i >= columns)
        return;
    int node = node_index(i, j, columns);
    float u = grid[U * length + node], v = grid[V * length + node];
    bool moved = false;
    if (!alike(u, v, 0, 0))
    {
        patch p;
        take(&p, first, i, j, width);
        moved = difference_at(&p, second, width, height, 0, 0) > difference_at(&p, second, width, height, u, v) + tie;
    }
    moving[j * columns + i] = moved;
}

kernel void prefer(image first, image second, global float* grid, global const float* motion, int width, int height, int columns, int length, float margin)
{
    int i = (int)get_global_id(0), j = (int)get_global_id(1), rows = (int)get_global_size(1);
    if (i >= columns)
        return;
    int node = node_index(i, j, columns);
    float u = motion[j * columns + i], v = motion[(rows + j) * columns + i];
    if (alike(grid[U * length + node], grid[V * length + node], u, v))
        return;
    patch p;
    take(&p, first, i, j, width);
    if (difference_at(&p, second, width, height, u, v)
        < difference_at(&p, second, width, height, grid[U * length + node], grid[V * length + node]) + margin)
    {
        grid[U * length + node] = u;
        grid[V * length + node] = v;
    }
}

// ---- one field of all matches; the solver's planes: weights to the right and down, the inverse's three entries, the right side ----

kernel void clear(global float* values, int length)
{
    int i = (int)get_global_id(0);
    if (i < length)
        values[i] = 0;
}

kernel void start(global float* grid, int length)
{
    int i = (int)get_global_id(0);
    if (i >= length)
        return;
    grid[U * length + i] = grid[MATCH_U * length + i];
    grid[V * length + i] = grid[MATCH_V * length + i];
}

float weight(global const float* grid, int length, int i, int other)
{
    float du = grid[U * length + other] - grid[U * length + i], dv = grid[V * length + other] - grid[V * length + i];
    float step = grid[MEAN * length + other] - grid[MEAN * length + i];
    return 3.0f / (sqrt(du * du + dv * dv + 0.05f * 0.05f) * (1.0f + step * step * (1 / (30.0f * 30.0f))));
}

kernel void weigh(global const float* grid, global float* solver, int columns, int length)
{
    int i = (int)get_global_id(0), j = (int)get_global_id(1), rows = (int)get_global_size(1);
    if (i >= columns)
        return;
    int node = node_index(i, j, columns);
    solver[node] = i + 1 < columns ? weight(grid, length, node, node + 1) : 0;
    solver[length + node] = j + 1 < rows ? weight(grid, length, node, node + columns + 2 * GRID_MARGIN) : 0;
}

kernel void prepare(global const float* grid, global float* solver, int columns, int length)
{
    int i = (int)get_global_id(0), j = (int)get_global_id(1);
    if (i >= columns)
        return;
    const float hold = 1e-6f;
    int node = node_index(i, j, columns);
    float xx = grid[XX * length + node], xy = grid[XY * length + node], yy = grid[YY * length + node];
    float u = grid[MATCH_U * length + node], v = grid[MATCH_V * length + node];
    solver[5 * length + node] = (xx + hold) * u + xy * v;
    solver[6 * length + node] = xy * u + (yy + hold) * v;
    float sum = solver[node] + solver[node - 1] + solver[length + node] + solver[length + node - columns - 2 * GRID_MARGIN] + hold;
    xx += sum;
    yy += sum;
    float inverse = 1.0f / (xx * yy - xy * xy);
    solver[2 * length + node] = yy * inverse;
    solver[3 * length + node] = -xy * inverse;
    solver[4 * length + node] = xx * inverse;
}

// Nodes of one colour of the checkerboard: they depend on the other colour only.
kernel void relax(global float* grid, global const float* solver, int columns, int length, int sweep)
{
    int i = (int)get_global_id(0), j = (int)get_global_id(1);
    if (i >= columns || ((i + j + sweep) & 1) != 0)
        return;
    int node = node_index(i, j, columns), stride = columns + 2 * GRID_MARGIN;
    float east = solver[node], west = solver[node - 1], south = solver[length + node], north = solver[length + node - stride];
    float p = solver[5 * length + node], q = solver[6 * length + node];
    global float* u = grid + U * length + node;
    global float* v = grid + V * length + node;
    p = fma(north, u[-stride], fma(south, u[stride], fma(west, u[-1], fma(east, u[1], p))));
    q = fma(north, v[-stride], fma(south, v[stride], fma(west, v[-1], fma(east, v[1], q))));
    float xy = solver[3 * length + node];
    u[0] = solver[2 * length + node] * p + xy * q;
    v[0] = xy * p + solver[4 * length + node] * q;
}

// ---- from level to level, and to pixels ----

kernel void enlarge_grid(global const float* coarse, global float* grid, int coarseColumns, int coarseRows, int coarseLength, int columns, int length)
{
    int i = (int)get_global_id(0), j = (int)get_global_id(1);
    if (i >= columns)
        return;
    int near = min(j / 2, coarseRows - 1), next = clamp(j / 2 + (j % 2 == 0 ? -1 : 1), 0, coarseRows - 1);
    int left = min(i / 2, coarseColumns - 1), right = clamp(i / 2 + (i % 2 == 0 ? -1 : 1), 0, coarseColumns - 1);
    int a = node_index(left, near, coarseColumns), b = node_index(right, near, coarseColumns);
    int c = node_index(left, next, coarseColumns), d = node_index(right, next, coarseColumns), to = node_index(i, j, columns);
    for (int plane = U; plane <= V; plane++, coarse += coarseLength, to += length)
        grid[to] = 1.125f * coarse[a] + 0.375f * (coarse[b] + coarse[c]) + 0.125f * coarse[d];
}

kernel void spread(image first, image second, global const float* grid, global float* u, global float* v, int width, int height, int columns, int rows, int length)
{
    const float ramp[8] = {0.125f, 0.375f, 0.625f, 0.875f, 0.875f, 0.625f, 0.375f, 0.125f};
    int x = (int)get_global_id(0), y = (int)get_global_id(1), stride = width + 2 * BORDER;
    if (x >= width)
        return;
    float us = 0, vs = 0, ws = 0, here = first[pixel_index(x, y, width)];
    int lastI = (x + OVERHANG) / CELL, lastJ = (y + OVERHANG) / CELL;
    for (int j = max(0, lastJ - 1); j <= min(lastJ, rows - 1); j++)
        for (int i = max(0, lastI - 1); i <= min(lastI, columns - 1); i++)
        {
            int node = node_index(i, j, columns), px = i * CELL - OVERHANG, py = j * CELL - OVERHANG;
            float du = grid[U * length + node], dv = grid[V * length + node], fx, fy;
            int at = locate(px + du, py + dv, width, height, &fx, &fy) + (y - py) * stride + x - px;
            float above = fma(fx, second[at + 1] - second[at], second[at]);
            float below = fma(fx, second[at + stride + 1] - second[at + stride], second[at + stride]);
            float difference = fma(fy, below - above, above) - here;
            float share = ramp[x - px] * ramp[y - py] / fma(difference, difference, 4.0f);
            us = fma(share, du, us);
            vs = fma(share, dv, vs);
            ws += share;
        }
    float one = 1 / ws;
    u[y * width + x] = one * us;
    v[y * width + x] = one * vs;
}

kernel void enlarge_field(global const float* from, global float* to, int width, int height)
{
    int x = (int)get_global_id(0), y = (int)get_global_id(1);
    if (x >= width)
        return;
    int w = (width + 1) / 2, h = (height + 1) / 2;
    global const float* near = from + y / 2 * w;
    global const float* next = from + clamp(y / 2 + (y % 2 == 0 ? -1 : 1), 0, h - 1) * w;
    int side = clamp(x / 2 + (x % 2 == 0 ? -1 : 1), 0, w - 1);
    float here = near[x / 2] * 1.5f + next[x / 2] * 0.5f, beside = near[side] * 1.5f + next[side] * 0.5f;
    to[y * width + x] = here * 0.75f + beside * 0.25f;
}
