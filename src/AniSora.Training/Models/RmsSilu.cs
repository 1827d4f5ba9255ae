using System.Numerics;

namespace AniSora.Training.Models;

/// <summary>
/// silu((x·r·w + b)·y + z) in one pass over the data, where r = 1/√(mean_c(x²) + ε) at every position: the norm, its modulation by the
/// latent (y and z; absent in the encoder) and the activation of the VAE's blocks, with all gradients.
/// </summary>
/// <remarks>
/// Composed of tensor operations this is nine passes forward and some twenty backward, each bound by memory; these feature maps have few
/// channels, so that the passes would cost as much as the convolutions. A block of positions with all its channels stays in the
/// cache. Sums over positions are taken in a fixed order: results do not depend on the number of threads.
/// </remarks>
internal sealed unsafe class RmsSilu(double epsilon) : TorchFunction
{
    private const int BlockSize = 256;
    private readonly float _epsilon = (float)epsilon;

    /// <summary>Whether the fused form can be used for a feature map.</summary>
    public static bool Suits(Tensor x) => x.device_type == DeviceType.CPU && x.dtype == ScalarType.Float32;

    /// <param name="inputs">x [B, C, T, H, W]; w, b [C]; y, z as x, or null.</param>
    protected override Tensor[] Forward(Tensor?[] inputs)
    {
        var x = inputs[0]!.contiguous();
        var (y, z) = (inputs[3]?.contiguous(), inputs[4]?.contiguous());
        Save(x, inputs[1], inputs[2], y, z);
        var result = empty_like(x);
        var map = new Map(x);
        float* px = Data(x), pw = Data(inputs[1]), pb = Data(inputs[2]), py = Data(y), pz = Data(z), po = Data(result);
        Parallel.For(0, map.Blocks, block =>
        {
            var (start, length) = map.Block(block);
            float* r = stackalloc float[BlockSize];
            map.InverseRms(px + start, length, _epsilon, r);
            for (var c = 0; c < map.Channels; c++)
            {
                var at = start + (c * map.Positions);
                var (weight, bias) = (new Vector<float>(pw[c]), new Vector<float>(pb[c]));
                var i = 0;
                for (; i <= length - Vector<float>.Count; i += Vector<float>.Count)
                {
                    var v = (Vector.Load(px + at + i) * Vector.Load(r + i) * weight) + bias;
                    if (py != null)
                        v = (v * Vector.Load(py + at + i)) + Vector.Load(pz + at + i);
                    Vector.Store(v / (Vector<float>.One + Vector.Exp(-v)), po + at + i);
                }
                for (; i < length; i++)
                {
                    var v = (px[at + i] * r[i] * pw[c]) + pb[c];
                    if (py != null)
                        v = (v * py[at + i]) + pz[at + i];
                    po[at + i] = v / (1 + MathF.Exp(-v));
                }
            }
        });
        GC.KeepAlive(x);
        GC.KeepAlive(y);
        GC.KeepAlive(z);
        return [result];
    }

    protected override Tensor?[] Backward(Tensor[] gradOutputs, Tensor[] saved)
    {
        var (x, w, b) = (saved[0], saved[1], saved[2]);
        var (y, z) = saved.Length > 3 ? (saved[3], saved[4]) : (null, null);
        var grad = gradOutputs[0].contiguous();
        var map = new Map(x);
        var dx = empty_like(x);
        var (dy, dz) = y is null ? (null, null) : (empty_like(x), empty_like(x));
        // One row of sums per block, added in order afterwards.
        var (dw, db) = (empty([map.Blocks, map.Channels]), empty([map.Blocks, map.Channels]));
        float* px = Data(x), pw = Data(w), pb = Data(b), py = Data(y), pz = Data(z);
        float* pg = Data(grad), pdx = Data(dx), pdy = Data(dy), pdz = Data(dz), pdw = Data(dw), pdb = Data(db);
        Parallel.For(0, map.Blocks, block =>
        {
            var (start, length) = map.Block(block);
            float* r = stackalloc float[BlockSize], dot = stackalloc float[BlockSize];
            map.InverseRms(px + start, length, _epsilon, r);
            new Span<float>(dot, BlockSize).Clear();
            for (var c = 0; c < map.Channels; c++)
            {
                var at = start + (c * map.Positions);
                var (weight, bias, sumW, sumB) = (new Vector<float>(pw[c]), new Vector<float>(pb[c]), Vector<float>.Zero, Vector<float>.Zero);
                var i = 0;
                for (; i <= length - Vector<float>.Count; i += Vector<float>.Count)
                {
                    var xi = Vector.Load(px + at + i);
                    var n = xi * Vector.Load(r + i);
                    var v = (n * weight) + bias;
                    var u = py == null ? v : (v * Vector.Load(py + at + i)) + Vector.Load(pz + at + i);
                    var s = Vector<float>.One / (Vector<float>.One + Vector.Exp(-u));
                    var d = Vector.Load(pg + at + i) * s * (Vector<float>.One + (u * (Vector<float>.One - s))); // by u
                    if (py != null)
                    {
                        Vector.Store(d, pdz + at + i);
                        Vector.Store(d * v, pdy + at + i);
                        d *= Vector.Load(py + at + i); // by v
                    }
                    sumW += d * n;
                    sumB += d;
                    d *= weight; // by n
                    Vector.Store(d, pdx + at + i);
                    Vector.Store(Vector.Load(dot + i) + (d * xi), dot + i);
                }
                var (tailW, tailB) = (Vector.Sum(sumW), Vector.Sum(sumB));
                for (; i < length; i++)
                {
                    var n = px[at + i] * r[i];
                    var v = (n * pw[c]) + pb[c];
                    var u = py == null ? v : (v * py[at + i]) + pz[at + i];
                    var s = 1 / (1 + MathF.Exp(-u));
                    var d = pg[at + i] * s * (1 + (u * (1 - s)));
                    if (py != null)
                    {
                        pdz[at + i] = d;
                        pdy[at + i] = d * v;
                        d *= py[at + i];
                    }
                    tailW += d * n;
                    tailB += d;
                    pdx[at + i] = d * pw[c];
                    dot[i] += d * pw[c] * px[at + i];
                }
                (pdw[(block * map.Channels) + c], pdb[(block * map.Channels) + c]) = (tailW, tailB);
            }

            // n = x·r and r depends on x: dx = r·dn − x·r³·Σ_c(dn·x)/C
            for (var i = 0; i < length; i++)
                dot[i] *= r[i] * r[i] * r[i] / map.Channels;
            for (var c = 0; c < map.Channels; c++)
            {
                var at = start + (c * map.Positions);
                var i = 0;
                for (; i <= length - Vector<float>.Count; i += Vector<float>.Count)
                    Vector.Store((Vector.Load(pdx + at + i) * Vector.Load(r + i)) - (Vector.Load(px + at + i) * Vector.Load(dot + i)), pdx + at + i);
                for (; i < length; i++)
                    pdx[at + i] = (pdx[at + i] * r[i]) - (px[at + i] * dot[i]);
            }
        });
        GC.KeepAlive(x);
        GC.KeepAlive(grad);
        return [dx, dw.sum(0), db.sum(0), dy, dz];
    }

    private static float* Data(Tensor? tensor) => tensor is null ? null : (float*)tensor.data_ptr();

    /// <summary>How [B, C, N] lies in memory and is cut into blocks of positions that never cross a sample.</summary>
    private sealed class Map
    {
        private readonly int _perSample;

        public Map(Tensor x)
        {
            var shape = x.shape;
            Channels = (int)shape[1];
            Positions = x.numel() / (shape[0] * shape[1]);
            _perSample = (int)((Positions + BlockSize - 1) / BlockSize);
            Blocks = (int)shape[0] * _perSample;
        }

        public int Channels { get; }

        public long Positions { get; }

        public int Blocks { get; }

        /// <summary>Where a block's first channel begins, and how many positions it has.</summary>
        public (long Start, int Length) Block(int index)
        {
            var (sample, within) = Math.DivRem(index, _perSample);
            var first = (long)within * BlockSize;
            return ((sample * Channels * Positions) + first, (int)Math.Min(BlockSize, Positions - first));
        }

        /// <summary>1/√(mean_c(x²) + ε) for a block.</summary>
        public void InverseRms(float* x, int length, float epsilon, float* result)
        {
            new Span<float>(result, length).Clear();
            for (var c = 0; c < Channels; c++)
            {
                var row = x + (c * Positions);
                var i = 0;
                for (; i <= length - Vector<float>.Count; i += Vector<float>.Count)
                {
                    var v = Vector.Load(row + i);
                    Vector.Store(Vector.Load(result + i) + (v * v), result + i);
                }
                for (; i < length; i++)
                    result[i] += row[i] * row[i];
            }
            for (var i = 0; i < length; i++)
                result[i] = 1 / MathF.Sqrt((result[i] / Channels) + epsilon);
        }
    }
}
