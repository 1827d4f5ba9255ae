using AniSora.Data.Pipeline;
using AniSora.Inference;
using Microsoft.ML.OnnxRuntime;

namespace AniSora.Data.Text;

/// <summary>Where a picture may hold text: PP-OCRv4's detector with the boxes of differentiable binarisation (Liao et al. 2020). Thread-safe.</summary>
internal sealed class TextDetector(TextConfig config) : IDisposable
{
    /// <summary>The network halves the picture five times.</summary>
    private const int Stride = 32;
    /// <summary>The network marks text shrunk by its outline's offset; this undoes it: distance = area · ratio / perimeter.</summary>
    private const double UnclipRatio = 1.5;
    /// <summary>Shorter sides than this are specks.</summary>
    private const double SmallestSide = 3;
    // Of ImageNet, in the order in which the network takes the channels.
    private static readonly float[] _mean = [0.485f, 0.456f, 0.406f], _deviation = [0.229f, 0.224f, 0.225f];

    private readonly OnnxSession _session = OnnxSession.Open(NodeModules.Require(TextFinder.Package, "assets/ch_PP-OCRv4_det_infer.onnx", "the text detector"),
        new OnnxSessionOptions { Threads = 1 });

    /// <summary>Finds boxes.</summary>
    /// <param name="rgb"><c>[H, W, 3]</c>.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    public List<RotatedBox> Detect(ReadOnlySpan<byte> rgb, int width, int height)
    {
        int paddedWidth = (width + Stride - 1) / Stride * Stride, paddedHeight = (height + Stride - 1) / Stride * Stride, plane = paddedWidth * paddedHeight;
        // What is padded stays 0: the mean colour.
        var pixels = new float[3 * plane];
        for (int c = 0; c < 3; c++)
        {
            // Blue first, as the network was trained.
            float scale = 1 / (255 * _deviation[c]), offset = -_mean[c] / _deviation[c];
            for (int y = 0; y < height; y++)
            {
                var row = pixels.AsSpan(c * plane + y * paddedWidth, width);
                for (int x = 0, p = y * width * 3 + 2 - c; x < width; x++, p += 3)
                    row[x] = rgb[p] * scale + offset;
            }
        }
        using var input = OrtValue.CreateTensorValueFromMemory(pixels, [1, 3, paddedHeight, paddedWidth]);
        using var output = _session.Run(input);
        return Boxes(output.GetTensorDataAsSpan<float>(), paddedWidth, paddedHeight);
    }

    private List<RotatedBox> Boxes(ReadOnlySpan<float> probability, int width, int height)
    {
        var map = probability.ToArray();
        var boxes = new List<RotatedBox>();
        var seen = new bool[map.Length];
        var open = new Stack<int>();
        for (int start = 0; start < map.Length; start++)
        {
            if (seen[start] || map[start] <= config.PixelThreshold)
                continue;
            var outline = new List<(int X, int Y)>();
            seen[start] = true;
            open.Push(start);
            while (open.TryPop(out int at))
            {
                int x = at % width, y = at / width;
                bool inner = true;
                for (int ny = Math.Max(0, y - 1); ny <= Math.Min(height - 1, y + 1); ny++)
                {
                    for (int nx = Math.Max(0, x - 1); nx <= Math.Min(width - 1, x + 1); nx++)
                    {
                        int next = ny * width + nx;
                        if (map[next] <= config.PixelThreshold)
                        {
                            inner = false;
                        }
                        else if (!seen[next])
                        {
                            seen[next] = true;
                            open.Push(next);
                        }
                    }
                }
                if (!inner || x == 0 || y == 0 || x == width - 1 || y == height - 1)
                    outline.AddRange([(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)]);
            }
            var box = RotatedBox.Around(outline);
            if (Math.Min(box.Width, box.Height) < SmallestSide || Mean(map, width, height, box) < config.BoxThreshold)
                continue;
            boxes.Add(box.Grown(box.Width * box.Height * UnclipRatio / (2 * (box.Width + box.Height))));
        }
        return boxes;
    }

    private static double Mean(float[] map, int width, int height, RotatedBox box)
    {
        double sum = 0;
        int count = 0;
        box.ForEachPixel(width, height, i =>
        {
            sum += map[i];
            count++;
        });
        return count > 0 ? sum / count : 0;
    }

    public void Dispose() => _session.Dispose();
}
