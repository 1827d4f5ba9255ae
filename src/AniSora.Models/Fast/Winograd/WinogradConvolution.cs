namespace AniSora.Models.Fast;

/// <summary>
/// Convolution over video with windows of k × 3 × 3, stride 1 and a border of zeros around the picture, by Winograd's F(4 × 4, 3 × 3) in
/// space: 36 products for a tile of 16 results instead of 144.
/// </summary>
/// <remarks>
/// <para>Pixels and filters are transformed per frame and tap (<see cref="WinogradLine"/>). In between are 36 products of matrices, one
/// per point: outputs × (taps · inputs) times (taps · inputs) × tiles. Transformed frames lie one after the other, so a frame's taps
/// are the frames from there on, and nothing is copied for them.</para>
/// <para>The work is cut into chunks of groups of tiles (and of frames, where a clip is long) whose intermediate results stay in the
/// processor's cache. No result depends on how, nor on the number of threads.</para>
/// </remarks>
/// <param name="batch">Samples.</param>
/// <param name="inputs">Channels that come in.</param>
/// <param name="outputs">Channels that go out.</param>
/// <param name="grid">The picture's tiles.</param>
/// <param name="frames">Frames that come in.</param>
/// <param name="plan">Which of them each result sees.</param>
internal sealed unsafe partial class WinogradConvolution(int batch, int inputs, int outputs, TileGrid grid, int frames, FramePlan plan)
{
    private const int Points = WinogradLine.Points * WinogradLine.Points;

    /// <summary>Floats of a chunk's transformed pixels and products that stay in the cache of one core.</summary>
    private const long CoreFloats = 1 << 18;

    /// <summary>… and in the cache that a few cores share.</summary>
    private const long SharedFloats = 1 << 21;

    private readonly int _depth = plan.Taps * inputs;

    private readonly record struct Chunk(int Sample, int Group, int Groups, int Frame, int Frames, int Source, int Sources);

    private int Results => plan.Starts.Length;

    private long PlaneSize => (long)grid.Height * grid.Width;

    /// <summary>y = the convolution of x.</summary>
    /// <param name="x"><c>[batch, inputs, frames, H, W]</c>.</param>
    /// <param name="filters">The weights.</param>
    /// <param name="bias"><c>[outputs]</c>, or null.</param>
    /// <param name="y"><c>[batch, outputs, results, H, W]</c>.</param>
    public void Apply(float* x, FilterBank filters, float* bias, float* y)
    {
        var rows = RoundUp(outputs, WinogradProducts.Rows);
        var filterStep = Step((long)RoundUp(outputs, Simd.Width) / Simd.Width * _depth);
        using var transformed = empty(Points * filterStep, device: CPU);
        var u = FastOps.Floats(transformed);
        filters.Transform(u, filterStep, outputs, inputs);

        // With many chunks, each thread works through its own; with few, all threads through one after the other. Loops inside of the
        // outer one are not spread again.
        var chunks = Chunks(CoreFloats, rows);
        var grain = 1;
        if (chunks.Length < 4 * get_num_threads())
            (chunks, grain) = (Chunks(SharedFloats, rows), int.MaxValue);
        var pixelStep = chunks.Max(c => Step((long)c.Groups * c.Sources * inputs));
        var productStep = chunks.Max(c => Step((long)c.Groups * c.Frames * rows));
        ParallelLoop.Run(chunks.Length, grain, (begin, end) =>
        {
            var v = Scratch.Floats(Points * (pixelStep + productStep));
            var m = v + Points * pixelStep;
            for (var i = begin; i < end; i++)
            {
                TransformPixels(chunks[i], x, v, pixelStep);
                Multiply(chunks[i], u, filterStep, v, pixelStep, m, productStep, rows);
                TransformResults(chunks[i], m, productStep, rows, bias, y);
            }
        });
    }

    /// <summary>Pixels to [point][group, source, channel][tile].</summary>
    private void TransformPixels(Chunk chunk, float* x, float* v, long step)
    {
        var (begin, end) = ((nint)x, (nint)(x + (long)batch * inputs * frames * PlaneSize));
        var first = x + chunk.Sample * inputs * frames * PlaneSize;
        ParallelLoop.Run((long)chunk.Groups * chunk.Sources * inputs, 16, (from, to) =>
        {
            using var tiles = new TileReader(grid);
            for (var unit = from; unit < to; unit++)
            {
                var (column, channel) = Math.DivRem(unit, inputs);
                var (group, source) = Math.DivRem((int)column, chunk.Sources);
                tiles.MoveTo(chunk.Group + group);
                tiles.Transform(first + channel * frames * PlaneSize, plan.Sources[chunk.Source + source], frames, (float*)begin, (float*)end,
                    v + unit * Simd.Width, step);
            }
        });
    }

    /// <summary>Per point, filters times pixels, to [point][group, frame, channel][tile].</summary>
    private void Multiply(Chunk chunk, float* u, long filterStep, float* v, long pixelStep, float* m, long productStep, int rows)
    {
        var columns = chunk.Groups * chunk.Frames;
        var pieces = (columns + WinogradProducts.Columns - 1) / WinogradProducts.Columns;
        ParallelLoop.Run((long)Points * pieces, 1, (begin, end) =>
        {
            float** from = stackalloc float*[WinogradProducts.Columns], to = stackalloc float*[WinogradProducts.Columns];
            for (var unit = begin; unit < end; unit++)
            {
                var (point, piece) = Math.DivRem(unit, pieces);
                var count = Math.Min(WinogradProducts.Columns, columns - (int)piece * WinogradProducts.Columns);
                for (var c = 0; c < count; c++)
                {
                    var column = piece * WinogradProducts.Columns + c;
                    var (group, frame) = Math.DivRem(column, chunk.Frames);
                    var source = group * chunk.Sources + plan.Starts[chunk.Frame + frame] - chunk.Source;
                    from[c] = v + point * pixelStep + source * inputs * Simd.Width;
                    to[c] = m + point * productStep + column * rows * Simd.Width;
                }
                for (var row = 0; row < rows; row += WinogradProducts.Rows)
                {
                    WinogradProducts.Multiply(u + point * filterStep + (long)row * _depth, from, to, count, _depth);
                    for (var c = 0; c < count; c++)
                        to[c] += WinogradProducts.Rows * Simd.Width;
                }
            }
        });
    }

    /// <summary>Products to results.</summary>
    private void TransformResults(Chunk chunk, float* m, long step, int rows, float* bias, float* y)
    {
        var first = y + chunk.Sample * outputs * Results * PlaneSize;
        ParallelLoop.Run((long)chunk.Groups * chunk.Frames * outputs, 16, (begin, end) =>
        {
            using var tiles = new TileReader(grid);
            for (var unit = begin; unit < end; unit++)
            {
                var (column, output) = Math.DivRem(unit, outputs);
                var (group, frame) = Math.DivRem((int)column, chunk.Frames);
                tiles.MoveTo(chunk.Group + group);
                tiles.Write(m + (column * rows + output) * Simd.Width, step, bias == null ? 0 : bias[output],
                    first + (output * Results + chunk.Frame + frame) * PlaneSize);
            }
        });
    }

    /// <summary>Cuts the work into chunks whose intermediate results, of all groups, frames and channels, have at most so many floats,
    /// or nearly: a chunk has one group and as many frames as are multiplied at a time, at least.</summary>
    /// <param name="floats">The limit.</param>
    /// <param name="rows">Channels on the way out.</param>
    private Chunk[] Chunks(long floats, int rows)
    {
        var most = Math.Max(WinogradProducts.Columns, floats / ((long)Points * Simd.Width * (inputs + rows)));
        var groups = most < Results ? 1 : (int)Even(grid.Groups, most / Results);
        var perChunk = (int)Even(Results, Math.Min(most, Results));
        var chunks = new List<Chunk>();
        for (var sample = 0; sample < batch; sample++)
            for (var group = 0; group < grid.Groups; group += groups)
                for (var frame = 0; frame < Results; frame += perChunk)
                {
                    var (count, source) = (Math.Min(perChunk, Results - frame), plan.Starts[frame]);
                    chunks.Add(new(sample, group, Math.Min(groups, grid.Groups - group), frame, count, source, plan.Starts[frame + count - 1] + plan.Taps - source));
                }
        return [.. chunks];
    }

    /// <summary>The size of equal parts of a count, none over the limit.</summary>
    private static long Even(long count, long limit)
    {
        var parts = (count + limit - 1) / limit;
        return (count + parts - 1) / parts;
    }

    /// <summary>From one point to the next: an odd number of vectors, or all points would meet in the same few lines of a cache.</summary>
    private static long Step(long vectors) => (vectors | 1) * Simd.Width;

    private static int RoundUp(int count, int multiple) => (count + multiple - 1) / multiple * multiple;
}
