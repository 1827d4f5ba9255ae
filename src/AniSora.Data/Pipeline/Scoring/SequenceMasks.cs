using AniSora.Data.Models;
using AniSora.Kernels;

namespace AniSora.Data.Pipeline.Scoring;

/// <summary>The masks of one sequence, one bit a pixel, made on all cores.</summary>
internal static class SequenceMasks
{
    /// <summary>What is not transparent.</summary>
    /// <returns><c>[T, H, ⌈W / 8⌉]</c>.</returns>
    public static byte[] FromAlpha(SequenceStore store, SequenceRow sequence, CancellationToken cancellation) => Make(sequence, cancellation, (t, mask) =>
    {
        var frame = store.Frame(sequence, t);
        for (int i = 0; i < mask.Length; i++)
            mask[i] = frame[4 * i + 3];
    });

    /// <summary>What moves once the camera's motion is taken out: towards the frame some time later, near the end towards one before.</summary>
    /// <param name="kernels">What computes the flow.</param>
    /// <param name="store">The frames.</param>
    /// <param name="sequence">An opaque sequence.</param>
    /// <param name="fps">The pace at which motion is looked for.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns><c>[T, H, ⌈W / 8⌉]</c>.</returns>
    public static byte[] FromFlow(KernelBackend kernels, SequenceStore store, SequenceRow sequence, double fps, CancellationToken cancellation)
    {
        // One frame does not move.
        if (sequence.Frames < 2)
            return Make(sequence, cancellation, (_, _) => { });
        int step = Math.Clamp((int)Math.Round(sequence.Fps / fps), 1, sequence.Frames - 1);
        var cameras = new CameraMove[sequence.Frames - step];
        byte[] rough = Make(sequence, cancellation, (t, mask) =>
        {
            int other = t < cameras.Length ? t + step : Math.Max(0, t - step);
            var field = kernels.Flow(store.Frame(sequence, t), store.Frame(sequence, other), 4, sequence.Width, sequence.Height);
            var camera = CameraMove.Fit(field);
            if (t < cameras.Length)
                cameras[t] = camera;
            MotionMask.Moving(field, camera, mask);
        });
        int bytes = rough.Length / sequence.Frames;
        return Make(sequence, cancellation, (t, mask) =>
        {
            BitMask.Unpack(rough.AsSpan(t * bytes, bytes), sequence.Width, sequence.Height, mask);
            MotionMask.Of(t, step, k => store.Frame(sequence, k), 4, cameras, mask, mask);
        });
    }

    /// <summary>What a segmenter takes for the foreground.</summary>
    /// <param name="store">The frames.</param>
    /// <param name="sequence">An opaque sequence.</param>
    /// <param name="segmenter">The model.</param>
    /// <param name="step">Every so many frames; those between take the nearest one's mask.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns><c>[T, H, ⌈W / 8⌉]</c>.</returns>
    public static byte[] FromSegmenter(SequenceStore store, SequenceRow sequence, PictureModel segmenter, int step, CancellationToken cancellation)
    {
        int bytes = sequence.Height * BitMask.Stride(sequence.Width), seen = (sequence.Frames + step - 1) / step;
        byte[] looked = Make(sequence with { Frames = seen }, cancellation,
            (k, mask) => segmenter.Foreground(store.Frame(sequence, k * step), sequence.Width, sequence.Height, mask, cancellation)), result = new byte[sequence.Frames * bytes];
        for (int t = 0; t < sequence.Frames; t++)
            looked.AsSpan(Math.Min(seen - 1, (t + step / 2) / step) * bytes, bytes).CopyTo(result.AsSpan(t * bytes));
        return result;
    }

    private delegate void MakeFrame(int t, Span<byte> mask);

    private static byte[] Make(SequenceRow sequence, CancellationToken cancellation, MakeFrame make)
    {
        int bytes = sequence.Height * BitMask.Stride(sequence.Width);
        var bits = new byte[checked(sequence.Frames * bytes)];
        Parallel.For(0, sequence.Frames, new ParallelOptions { CancellationToken = cancellation }, t =>
        {
            var mask = new byte[sequence.Width * sequence.Height];
            make(t, mask);
            BitMask.Pack(mask, sequence.Width, sequence.Height, bits.AsSpan(t * bytes, bytes));
        });
        return bits;
    }
}
