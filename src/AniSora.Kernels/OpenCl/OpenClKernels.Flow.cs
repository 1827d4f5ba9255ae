using AniSora.Kernels.Flow;

namespace AniSora.Kernels.OpenCl;

public sealed unsafe partial class OpenClKernels
{
    /// <inheritdoc/>
    public override FlowField Flow(ReadOnlySpan<float> first, ReadOnlySpan<float> second, int width, int height, FlowQuality quality = FlowQuality.Accurate)
    {
        OpticalFlow.Check(first.Length, second.Length, width, height);
        var field = new FlowField(width, height, new float[first.Length], new float[first.Length]);
        fixed (float* firstAt = first, secondAt = second, u = field.U, v = field.V)
        {
            using var call = Begin();
            OpenClBuffer a = call.Input(firstAt, first.Length), b = call.Input(secondAt, second.Length);
            OpenClBuffer across = call.Output(u, field.U.Length), down = call.Output(v, field.V.Length);
            new OpenClFlow(call, width, height, FlowSettings.For(quality)).Estimate(a, b, across, down);
            call.Finish();
        }

        return field;
    }
}
