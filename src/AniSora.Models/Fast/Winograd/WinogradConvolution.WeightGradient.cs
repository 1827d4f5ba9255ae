namespace AniSora.Models.Fast;

internal sealed unsafe partial class WinogradConvolution
{
    /// <summary>The gradient by the weights.</summary>
    /// <param name="x">What was convolved, <c>[batch, inputs, frames, H, W]</c>.</param>
    /// <param name="grad">The gradient by the results, <c>[batch, outputs, results, H, W]</c>.</param>
    /// <param name="gradients">Gets the gradients.</param>
    /// <remarks>Per point, taps and inputs × tiles times tiles × outputs. The results' tiles are turned so that outputs lie side by side.</remarks>
    public void WeightGradient(float* x, float* grad, FilterBank gradients)
    {
        var width = RoundUp(outputs, Simd.Width);
        var chunks = Chunks(SharedFloats, width);
        var pixelStep = chunks.Max(c => Step((long)c.Groups * c.Sources * inputs));
        var gradStep = chunks.Max(c => Step((long)c.Groups * c.Frames * width));
        var filterStep = Step((long)width / Simd.Width * _depth);
        var v = Scratch.Floats(Points * (pixelStep + gradStep + filterStep));
        float* dm = v + Points * pixelStep, du = dm + Points * gradStep;

        for (var i = 0; i < chunks.Length; i++)
        {
            TransformPixels(chunks[i], x, v, pixelStep);
            TransformGradients(chunks[i], grad, dm, gradStep, width);
            MultiplyGradients(chunks[i], v, pixelStep, dm, gradStep, du, filterStep, width, i == 0);
        }
        gradients.SetGradients(du, filterStep, outputs, inputs);
    }

    /// <summary>Gradients by the results to [point][group, frame, tile][output].</summary>
    private void TransformGradients(Chunk chunk, float* grad, float* dm, long step, int width)
    {
        var blocks = width / Simd.Width;
        var channelStep = Results * PlaneSize;
        var first = grad + chunk.Sample * outputs * channelStep;
        ParallelLoop.Run((long)chunk.Groups * chunk.Frames * blocks, 1, (begin, end) =>
        {
            using var tiles = new TileReader(grid);
            for (var unit = begin; unit < end; unit++)
            {
                var (column, block) = Math.DivRem(unit, blocks);
                var (group, frame) = Math.DivRem((int)column, chunk.Frames);
                var channel = (int)block * Simd.Width;
                tiles.MoveTo(chunk.Group + group);
                tiles.TransformGradients(first + channel * channelStep + (chunk.Frame + frame) * PlaneSize, channelStep, Math.Min(Simd.Width, outputs - channel),
                    dm + column * Simd.Width * width + channel, step, width);
            }
        });
    }

    /// <summary>Adds up, per point, pixels times gradients, to [point][16 outputs][tap, input][output of the 16].</summary>
    private void MultiplyGradients(Chunk chunk, float* v, long pixelStep, float* dm, long gradStep, float* du, long filterStep, int width, bool first)
    {
        var blocks = (inputs + WinogradProducts.Rows - 1) / WinogradProducts.Rows;
        var pixels = new WinogradProducts.Pixels(chunk.Groups, (long)chunk.Sources * inputs * Simd.Width, chunk.Frames, inputs * Simd.Width);
        ParallelLoop.Run((long)Points * plan.Taps * blocks, 1, (begin, end) =>
        {
            for (var unit = begin; unit < end; unit++)
            {
                var (point, tap) = Math.DivRem(unit / blocks, plan.Taps);
                var input = (int)(unit % blocks) * WinogradProducts.Rows;
                var rows = Math.Min(WinogradProducts.Rows, inputs - input);
                var k = tap * inputs + input;
                for (var output = 0; output < width; output += 2 * Simd.Width)
                {
                    var two = output + Simd.Width < width;
                    float* to0 = du + point * filterStep + (long)output * _depth + k * Simd.Width, to1 = two ? to0 + _depth * Simd.Width : to0;
                    if (first)
                    {
                        new Span<float>(to0, rows * Simd.Width).Clear();
                        new Span<float>(to1, rows * Simd.Width).Clear();
                    }
                    WinogradProducts.Accumulate(v + point * pixelStep + k * Simd.Width, pixels, dm + point * gradStep + output, width, to0, to1, rows);
                }
            }
        });
    }
}
