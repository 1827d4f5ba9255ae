using System.Text;
using AniSora.Inference;
using Microsoft.ML.OnnxRuntime;

namespace AniSora.Data.Text;

/// <summary>Reads one line of text: PP-OCRv4's recogniser (Chinese and Latin scripts), decoded greedily (Graves et al. 2006). Thread-safe.</summary>
internal sealed class TextRecogniser : IDisposable
{
    private const int LineHeight = 48;
    /// <summary>The width that the network was trained with; shorter lines are padded with mid-grey.</summary>
    private const int ShortestLine = 320;
    /// <summary>Longer lines are squeezed: whether it is text shows all the same.</summary>
    private const int LongestLine = 1280;

    private readonly OnnxSession _session = OnnxSession.Open(NodeModules.Require(TextFinder.Package, "assets/ch_PP-OCRv4_rec_infer.onnx", "the text recogniser"),
        new OnnxSessionOptions { Threads = 1 });

    // Class 0 is the gap between characters; the last is the space.
    private readonly string[] _characters =
        ["", .. File.ReadAllLines(NodeModules.Require(TextFinder.Package, "assets/ppocr_keys_v1.txt", "the recogniser's characters")), " "];

    /// <summary>Reads what stands in a box.</summary>
    /// <param name="rgb">The picture, <c>[H, W, 3]</c>.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="box">Where.</param>
    /// <returns>The text, and the mean probability of its characters (0 for none).</returns>
    public (string Text, double Confidence) Read(ReadOnlySpan<byte> rgb, int width, int height, RotatedBox box)
    {
        // A box much higher than wide holds a line that runs upwards or downwards: turned a quarter.
        if (box.Height >= 1.5 * box.Width)
            box = new RotatedBox(box.CentreX, box.CentreY, box.Height, box.Width, box.Angle + Math.PI / 2);
        int length = (int)Math.Clamp(Math.Round(LineHeight * box.Width / box.Height), LineHeight / 2, LongestLine), padded = Math.Max(ShortestLine, length);
        var line = new float[3 * LineHeight * padded];
        Straighten(rgb, width, height, box, line, length, padded);
        using var input = OrtValue.CreateTensorValueFromMemory(line, [1, 3, LineHeight, padded]);
        using var output = _session.Run(input);
        long[] shape = output.GetTensorTypeAndShape().Shape;
        return Decode(output.GetTensorDataAsSpan<float>(), (int)shape[1], (int)shape[2]);
    }

    private static void Straighten(ReadOnlySpan<byte> rgb, int width, int height, RotatedBox box, float[] line, int length, int padded)
    {
        var (sin, cos) = Math.SinCos(box.Angle);
        // Shrinking takes the mean of several points per pixel, or thin strokes would be missed.
        int points = Math.Clamp((int)Math.Ceiling(box.Height / LineHeight), 1, 4), plane = LineHeight * padded;
        float scale = 2f / 255 / (points * points);
        for (int y = 0; y < LineHeight; y++)
        {
            for (int x = 0; x < length; x++)
            {
                float r = 0, g = 0, b = 0;
                for (int i = 0; i < points * points; i++)
                {
                    double u = ((x + (i % points + 0.5) / points) / length - 0.5) * box.Width, v = ((y + (i / points + 0.5) / points) / LineHeight - 0.5) * box.Height;
                    double sx = Math.Clamp(box.CentreX + cos * u - sin * v - 0.5, 0, width - 1), sy = Math.Clamp(box.CentreY + sin * u + cos * v - 0.5, 0, height - 1);
                    int x0 = Math.Min((int)sx, Math.Max(0, width - 2)), y0 = Math.Min((int)sy, Math.Max(0, height - 2)), right = width > 1 ? 3 : 0, down = height > 1 ? 3 * width : 0, p = (y0 * width + x0) * 3;
                    float fx = (float)(sx - x0), fy = (float)(sy - y0), w00 = (1 - fx) * (1 - fy), w10 = fx * (1 - fy), w01 = (1 - fx) * fy, w11 = fx * fy;
                    r += w00 * rgb[p] + w10 * rgb[p + right] + w01 * rgb[p + down] + w11 * rgb[p + right + down];
                    g += w00 * rgb[p + 1] + w10 * rgb[p + right + 1] + w01 * rgb[p + down + 1] + w11 * rgb[p + right + down + 1];
                    b += w00 * rgb[p + 2] + w10 * rgb[p + right + 2] + w01 * rgb[p + down + 2] + w11 * rgb[p + right + down + 2];
                }
                // Blue first, -1 … 1.
                int at = y * padded + x;
                (line[at], line[plane + at], line[2 * plane + at]) = (b * scale - 1, g * scale - 1, r * scale - 1);
            }
        }
    }

    private (string Text, double Confidence) Decode(ReadOnlySpan<float> probability, int steps, int classes)
    {
        if (classes != _characters.Length)
            throw new InputException($"{_session.Name}: knows {classes} characters, its list has {_characters.Length}; run `make setup` again");
        var text = new StringBuilder();
        double sum = 0;
        int count = 0, previous = 0;
        for (int t = 0; t < steps; t++)
        {
            var step = probability.Slice(t * classes, classes);
            int best = 0;
            for (int c = 1; c < classes; c++)
                best = step[c] > step[best] ? c : best;
            if (best != 0 && best != previous)
            {
                text.Append(_characters[best]);
                sum += step[best];
                count++;
            }
            previous = best;
        }
        return (text.ToString().Trim(), count > 0 ? sum / count : 0);
    }

    public void Dispose() => _session.Dispose();
}
