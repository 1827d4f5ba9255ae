namespace AniSora.Torch;

/// <summary>
/// Convolution over video with windows of k × 3 × 3, stride 1 and a border of zeros around the picture, by Winograd's F(4 × 4, 3 × 3) in
/// space: 36 products for a tile of 16 results instead of 144.
/// </summary>
/// <remarks>
/// <para>Pixels and filters are transformed per frame and tap (<see cref="WinogradLine"/>). In between are 36 products of matrices, one
/// per point: outputs × (taps · inputs) times (taps · inputs) × tiles. Transformed frames lie one after the other, so a frame's taps
/// are the frames from there on, and nothing is copied for them.</para>
/// <para>The work is cut into chunks of groups of tiles (and of frames, where a clip is long) whose intermediate results stay in the
/// cache that the threads share. Each step of a chunk is spread over the threads; no result depends on how.</para>
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

    /// <summary>Floats of a chunk's transformed pixels and products: with the filters, some of the 32 MB that a few cores share.</summary>
    private const long ChunkFloats = 1 << 21;

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
        var chunks = Chunks(inputs, rows).ToArray();
        var filterStep = Step((long)RoundUp(outputs, Simd.Width) / Simd.Width * _depth);
        var pixelStep = chunks.Max(c => Step((long)c.Groups * c.Sources * inputs));
        var productStep = chunks.Max(c => Step((long)c.Groups * c.Frames * rows));
        var u = Scratch.Floats(Points * (filterStep + pixelStep + productStep));
        float* v = u + Points * filterStep, m = v + Points * pixelStep;

        filters.Transform(u, filterStep, outputs, inputs);
        foreach (var chunk in chunks)
        {
            TransformPixels(chunk, x, v, pixelStep);
            Multiply(chunk, u, filterStep, v, pixelStep, m, productStep, rows);
            var first = y + chunk.Sample * outputs * Results * PlaneSize;
            ParallelLoop.Run((long)chunk.Groups * chunk.Frames * outputs, 16, (begin, end) =>
            {
                using var tiles = new TileReader(grid);
                for (var unit = begin; unit < end; unit++)
                {
                    var (column, output) = Math.DivRem(unit, outputs);
                    var (group, frame) = Math.DivRem((int)column, chunk.Frames);
                    tiles.MoveTo(chunk.Group + group);
                    tiles.Write(m + (column * rows + output) * Simd.Width, productStep, bias == null ? 0 : bias[output],
                        first + (output * Results + chunk.Frame + frame) * PlaneSize);
                }
            });
        }
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

    /// <summary>Cuts the work so that what one group and frame needs, channels in and out, is as often in a chunk as fits.</summary>
    private IEnumerable<Chunk> Chunks(int before, int after)
    {
        var most = Math.Max(1, ChunkFloats / ((long)Points * Simd.Width * (before + after)));
        var (perGroups, perFrames) = most >= Results ? ((int)Even(grid.Groups, most / Results), Results) : (1, (int)Even(Results, Math.Max(most, WinogradProducts.Columns)));
        for (var sample = 0; sample < batch; sample++)
            for (var group = 0; group < grid.Groups; group += perGroups)
                for (var frame = 0; frame < Results; frame += perFrames)
                {
                    var (count, source) = (Math.Min(perFrames, Results - frame), plan.Starts[frame]);
                    yield return new(sample, group, Math.Min(perGroups, grid.Groups - group), frame, count, source, plan.Starts[frame + count - 1] + plan.Taps - source);
                }
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
