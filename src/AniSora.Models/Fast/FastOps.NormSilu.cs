using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AniSora.Models.Fast;

public static partial class FastOps
{
    /// <summary>Group normalisation of a feature map, then a scale and an offset, then SiLU: silu(norm(x)·scale + offset).</summary>
    /// <param name="x"><c>[B, C, T, H, W]</c>.</param>
    /// <param name="scale"><c>[C]</c>: one number per channel; or <c>[B, C, T', h, w]</c>, a map that stands for x's places by
    /// repetition: H and W are multiples of h and w, and <paramref name="frames"/> says how the T' steps become T frames.</param>
    /// <param name="offset">The same shape as <paramref name="scale"/>.</param>
    /// <param name="groups">Groups of channels; must divide C.</param>
    /// <param name="perFrame">Whether each frame is normalised by itself, or all of them together.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="frames">For maps: how their T' steps become T frames; null for numbers per channel.</param>
    /// <returns><c>[B, C, T, H, W]</c>, differentiable in x, scale and offset.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public static Tensor GroupNormSilu(Tensor x, Tensor scale, Tensor offset, long groups, bool perFrame, double eps, FrameRepeat? frames = null)
    {
        if (x.ndim != 5 || x.size(1) % groups != 0 || !(frames is not { } repeat ? scale.ndim == 1
                : scale.ndim == 5 && repeat is { First: > 0, Each: > 0 } && repeat.Frames(scale.size(2)) == x.size(2) && x.size(3) % scale.size(3) == 0 && x.size(4) % scale.size(4) == 0)
            || !offset.shape.AsSpan().SequenceEqual(scale.shape))
            throw new ArgumentException($"x {x.Describe()} and scale {scale.Describe()} do not fit {groups} groups");
        if (Kernels(x, scale, offset) && x.numel() > 0)
            return new GroupNormSiluFunction(new NormGeometry(x, scale, (int)groups, perFrame, (float)eps, frames)).Apply(x, scale, offset)[0];

        Tensor Spread(Tensor map) => frames is not { } repeat
            ? map.view(-1, 1, 1, 1)
            : Repeat(map, repeat, (int)(x.size(3) / map.size(3)), (int)(x.size(4) / map.size(4)));
        // To normalise each frame by itself, frames become samples.
        var samples = perFrame ? x.transpose(1, 2).reshape(-1, x.size(1), x.size(3), x.size(4)) : x;
        var normed = nn.functional.group_norm(samples, groups, eps: eps);
        if (perFrame)
            normed = normed.view(x.size(0), x.size(2), x.size(1), x.size(3), x.size(4)).transpose(1, 2);
        return addcmul(Spread(offset), normed, Spread(scale), 1).silu();
    }

    /// <summary>What of a feature map is normalised together: some channels × some frames, whose planes H·W are contiguous.</summary>
    private sealed record NormGeometry(long Batch, int Channels, int Frames, int Height, int Width, int Groups, bool PerFrame, float Eps, FrameRepeat? Steps, int MapFrames, int MapHeight, int MapWidth)
    {
        public NormGeometry(Tensor x, Tensor scale, int groups, bool perFrame, float eps, FrameRepeat? steps)
            : this(x.size(0), (int)x.size(1), (int)x.size(2), (int)x.size(3), (int)x.size(4), groups, perFrame, eps, steps,
                steps is null ? 0 : (int)scale.size(2), steps is null ? 0 : (int)scale.size(3), steps is null ? 0 : (int)scale.size(4))
        {
        }

        public int Plane => Height * Width;

        public int MapPlane => MapHeight * MapWidth;

        private int Segments => PerFrame ? Frames : 1;

        public long Units => Batch * Groups * Segments;

        public long UnitGrain => Math.Max(1, Grain / Math.Max(1, (long)Channels / Groups * Frames / Segments * Plane));

        /// <summary>Sample, first and last + 1 channel, first and last + 1 frame of a unit.</summary>
        public (long Sample, int Channel, int ChannelEnd, int Frame, int FrameEnd) Unit(long unit)
        {
            var (rest, segment) = Math.DivRem(unit, Segments);
            var (sample, group) = Math.DivRem(rest, Groups);
            var size = Channels / Groups;
            return (sample, (int)group * size, ((int)group + 1) * size, PerFrame ? (int)segment : 0, PerFrame ? (int)segment + 1 : Frames);
        }

        /// <summary>Where a frame of a channel lies in x.</summary>
        public long At(long sample, int channel, int frame) => ((sample * Channels + channel) * Frames + frame) * Plane;

        /// <summary>Where a step of a channel lies in the maps; for numbers per channel, where the channel's lies.</summary>
        public long MapAt(long sample, int channel, int frame) => Steps is not { } steps ? channel : ((sample * Channels + channel) * MapFrames + steps.StepOf(frame)) * MapPlane;

        /// <summary>The last frame + 1 of those after <paramref name="frame"/> that share its step.</summary>
        public int SameStep(int frame, int end) => Steps is { } steps ? Math.Min(steps.Next(frame), end) : end;
    }

    private sealed unsafe class GroupNormSiluFunction(NormGeometry g) : KernelFunction
    {
        protected override Tensor[] Forward(Tensor?[] inputs)
        {
            Tensor x = inputs[0]!.contiguous(), scale = inputs[1]!.contiguous(), offset = inputs[2]!.contiguous();
            Tensor y = empty_like(x), moments = empty(g.Units, 2, device: CPU);
            var (from, s, o, to, m) = ((nint)Floats(x), (nint)Floats(scale), (nint)Floats(offset), (nint)Floats(y), (nint)Floats(moments));
            ParallelLoop.Run(g.Units, g.UnitGrain, (begin, end) =>
            {
                for (var unit = begin; unit < end; unit++)
                    NormaliseUnit(unit, (float*)from, (float*)s, (float*)o, (float*)to, (float*)m + 2 * unit);
            });
            Save(x, scale, offset, moments);
            return [y];
        }

        protected override Tensor?[] Gradients(Tensor[] grads, Tensor[] saved)
        {
            var grad = grads[0].contiguous();
            Tensor x = saved[0], scale = saved[1], offset = saved[2];
            var dx = empty_like(x);
            // Numbers per channel are shared by samples and frames, so each unit adds to a row of its own.
            var perChannel = g.Steps is null;
            var sums = zeros(perChannel ? [g.Units, 2, g.Channels / g.Groups] : [2, .. scale.shape], device: CPU);
            var (from, s, o, d, to, m, sum) = ((nint)Floats(x), (nint)Floats(scale), (nint)Floats(offset), (nint)Floats(grad), (nint)Floats(dx), (nint)Floats(saved[3]), (nint)Floats(sums));
            var maps = perChannel ? 0 : scale.numel();
            // Units of one channel and several frames may share a step of the maps: one thread takes all frames of a group.
            var share = g.PerFrame && !perChannel ? g.Frames : 1;
            ParallelLoop.Run(g.Units / share, Math.Max(1, g.UnitGrain / share), (begin, end) =>
            {
                for (var unit = begin * share; unit < end * share; unit++)
                {
                    var row = (float*)sum + (perChannel ? unit * 2 * (g.Channels / g.Groups) : 0);
                    UnitGradient(unit, (float*)from, (float*)s, (float*)o, (float*)d, (float*)to, (float*)m + 2 * unit, row, row + (perChannel ? g.Channels / g.Groups : maps));
                }
            });
            if (!perChannel)
                return [dx, sums.select(0, 0), sums.select(0, 1)];
            var total = sums.view(g.Batch, g.Groups, -1, 2, g.Channels / g.Groups).sum([0, 2]); // [G, 2, C/G]
            return [dx, total.select(1, 0).reshape(g.Channels), total.select(1, 1).reshape(g.Channels)];
        }

        private void NormaliseUnit(long unit, float* x, float* scale, float* offset, float* y, float* moments)
        {
            var (sample, first, last, begin, end) = g.Unit(unit);
            double sum = 0, square = 0;
            for (var c = first; c < last; c++)
                sum += Sum(x + g.At(sample, c, begin), (long)(end - begin) * g.Plane);
            var count = (double)(last - first) * (end - begin) * g.Plane;
            var mean = (float)(sum / count);
            for (var c = first; c < last; c++)
                square += SquaredDistance(x + g.At(sample, c, begin), mean, (long)(end - begin) * g.Plane);
            var inverse = (float)(1 / Math.Sqrt(square / count + g.Eps));
            (moments[0], moments[1]) = (mean, inverse);

            for (var c = first; c < last; c++)
                for (int frame = begin, next; frame < end; frame = next)
                {
                    next = g.SameStep(frame, end);
                    var at = g.At(sample, c, frame);
                    var map = g.MapAt(sample, c, frame);
                    if (g.Steps is null)
                    {
                        AffineSilu(x + at, y + at, mean, inverse, scale[map], offset[map], (long)(next - frame) * g.Plane);
                        continue;
                    }
                    var s = Scratch.Floats(2L * g.Plane);
                    var o = s + g.Plane;
                    Spread(scale + map, s);
                    Spread(offset + map, o);
                    for (var f = frame; f < next; f++, at += g.Plane)
                        AffineSilu(x + at, y + at, mean, inverse, s, o, g.Plane);
                }
        }

        /// <summary>
        /// With n = norm(x), z = n·s + o and e = dy·silu'(z): ds = Σ e·n, do = Σ e, and dx is the norm's gradient for e·s. The first pass
        /// leaves e·s in dx.
        /// </summary>
        private void UnitGradient(long unit, float* x, float* scale, float* offset, float* grad, float* dx, float* moments, float* dScale, float* dOffset)
        {
            var (sample, first, last, begin, end) = g.Unit(unit);
            var (mean, inverse) = (moments[0], moments[1]);
            double sum = 0, along = 0;
            for (var c = first; c < last; c++)
                for (int frame = begin, next; frame < end; frame = next)
                {
                    next = g.SameStep(frame, end);
                    var at = g.At(sample, c, frame);
                    var map = g.MapAt(sample, c, frame);
                    if (g.Steps is null)
                    {
                        var (e, en) = AffineSiluGradient(x + at, grad + at, dx + at, mean, inverse, scale[map], offset[map], (long)(next - frame) * g.Plane);
                        (dOffset[c - first], dScale[c - first]) = ((float)e, (float)en);
                        (sum, along) = (sum + e * scale[map], along + en * scale[map]);
                        continue;
                    }
                    var s = Scratch.Floats(4L * g.Plane);
                    float* o = s + g.Plane, ds = o + g.Plane, d = ds + g.Plane;
                    Spread(scale + map, s);
                    Spread(offset + map, o);
                    new Span<float>(ds, 2 * g.Plane).Clear();
                    for (var f = frame; f < next; f++, at += g.Plane)
                        AffineSiluGradient(x + at, grad + at, dx + at, mean, inverse, s, o, ds, d, g.Plane);
                    sum += Product(d, s, g.Plane);
                    along += Product(ds, s, g.Plane);
                    Gather(ds, dScale + map);
                    Gather(d, dOffset + map);
                }
            var count = (double)(last - first) * (end - begin) * g.Plane;
            for (var c = first; c < last; c++)
            {
                var at = g.At(sample, c, begin);
                NormGradient(x + at, dx + at, mean, inverse, (float)(sum / count), (float)(along / count), (long)(end - begin) * g.Plane);
            }
        }

        private void Spread(float* map, float* plane) => SpreadPlane(map, plane, g.MapHeight, g.MapWidth, g.Height / g.MapHeight, g.Width / g.MapWidth);

        private void Gather(float* plane, float* map) => GatherPlane(plane, map, g.MapHeight, g.MapWidth, g.Height / g.MapHeight, g.Width / g.MapWidth);
    }

    // ---- runs of numbers -----------------------------------------------------------------------------------------------

    /// <summary>Floats are added up so many at a time, then in double precision.</summary>
    private const long SumRun = 8192;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe double Sum(float* x, long count)
    {
        var total = 0.0;
        for (long start = 0; start < count; start += SumRun)
        {
            var sum = Vector512<float>.Zero;
            var end = Math.Min(count, start + SumRun);
            for (var i = start; i < end; i += Simd.Width)
                sum += Simd.Load(x + i, end - i);
            total += Vector512.Sum(sum);
        }
        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe double SquaredDistance(float* x, float from, long count)
    {
        var (total, center) = (0.0, Vector512.Create(from));
        for (long start = 0; start < count; start += SumRun)
        {
            var sum = Vector512<float>.Zero;
            var end = Math.Min(count, start + SumRun);
            var i = start;
            for (; i + Simd.Width <= end; i += Simd.Width)
            {
                var d = Vector512.Load(x + i) - center;
                sum = Simd.Fma(d, d, sum);
            }
            total += Vector512.Sum(sum);
            for (; i < end; i++)
                total += (x[i] - from) * (x[i] - from);
        }
        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe double Product(float* a, float* b, long count)
    {
        var total = 0.0;
        for (long start = 0; start < count; start += SumRun)
            total += Dot(a + start, b + start, Math.Min(count - start, SumRun));
        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void AffineSilu(float* x, float* y, float mean, float inverse, float scale, float offset, long count)
    {
        // norm(x)·scale + offset as one multiplication and addition of x.
        var (a, b) = (Vector512.Create(inverse * scale), Vector512.Create(offset - mean * inverse * scale));
        for (long i = 0; i < count; i += Simd.Width)
        {
            var z = Simd.Fma(Simd.Load(x + i, count - i), a, b);
            Simd.Store(z * Simd.Sigmoid(z), y + i, count - i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void AffineSilu(float* x, float* y, float mean, float inverse, float* scale, float* offset, long count)
    {
        var (m, r) = (Vector512.Create(mean), Vector512.Create(inverse));
        for (long i = 0; i < count; i += Simd.Width)
        {
            var left = count - i;
            var z = Simd.Fma((Simd.Load(x + i, left) - m) * r, Simd.Load(scale + i, left), Simd.Load(offset + i, left));
            Simd.Store(z * Simd.Sigmoid(z), y + i, left);
        }
    }

    /// <summary>silu'(z) = σ·(1 + z·(1 - σ)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> SiluSlope(Vector512<float> z)
    {
        var sigma = Simd.Sigmoid(z);
        return sigma * Simd.Fma(z, Vector512<float>.One - sigma, Vector512<float>.One);
    }

    /// <summary>Writes e·scale to <paramref name="dx"/>; returns Σ e and Σ e·n.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe (double E, double EN) AffineSiluGradient(float* x, float* grad, float* dx, float mean, float inverse, float scale, float offset, long count)
    {
        var (m, r, s, o) = (Vector512.Create(mean), Vector512.Create(inverse), Vector512.Create(scale), Vector512.Create(offset));
        double total = 0, along = 0;
        for (long start = 0; start < count; start += SumRun)
        {
            var end = Math.Min(count, start + SumRun);
            Vector512<float> sum = default, sumN = default;
            for (var i = start; i < end; i += Simd.Width)
            {
                var left = end - i;
                var n = (Simd.Load(x + i, left) - m) * r;
                var e = Simd.Load(grad + i, left) * SiluSlope(Simd.Fma(n, s, o));
                sum += e;
                sumN = Simd.Fma(e, n, sumN);
                Simd.Store(e * s, dx + i, left);
            }
            total += Vector512.Sum(sum);
            along += Vector512.Sum(sumN);
        }
        return (total, along);
    }

    /// <summary>Writes e·scale to <paramref name="dx"/>; adds e·n and e to the planes of sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void AffineSiluGradient(float* x, float* grad, float* dx, float mean, float inverse, float* scale, float* offset, float* dScale, float* dOffset, long count)
    {
        var (m, r) = (Vector512.Create(mean), Vector512.Create(inverse));
        for (long i = 0; i < count; i += Simd.Width)
        {
            var left = count - i;
            var (n, s) = ((Simd.Load(x + i, left) - m) * r, Simd.Load(scale + i, left));
            var e = Simd.Load(grad + i, left) * SiluSlope(Simd.Fma(n, s, Simd.Load(offset + i, left)));
            Simd.Store(Simd.Fma(e, n, Simd.Load(dScale + i, left)), dScale + i, left);
            Simd.Store(Simd.Load(dOffset + i, left) + e, dOffset + i, left);
            Simd.Store(e * s, dx + i, left);
        }
    }

    /// <summary>From the gradient by norm(x) in <paramref name="dx"/> to that by x, in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void NormGradient(float* x, float* dx, float mean, float inverse, float meanGrad, float meanGradN, long count)
    {
        var (m, r, a, b) = (Vector512.Create(mean), Vector512.Create(inverse), Vector512.Create(meanGrad), Vector512.Create(meanGradN));
        for (long i = 0; i < count; i += Simd.Width)
        {
            var left = count - i;
            var n = (Simd.Load(x + i, left) - m) * r;
            Simd.Store((Simd.Load(dx + i, left) - a - n * b) * r, dx + i, left);
        }
    }
}
