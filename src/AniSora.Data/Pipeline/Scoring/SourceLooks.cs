using AniSora.Data.Models;
using AniSora.Data.Text;
using AniSora.Kernels;

namespace AniSora.Data.Pipeline.Scoring;

/// <summary>What is seen in one picture of a source.</summary>
/// <param name="Shot">The shot.</param>
/// <param name="Frame">The picture's number in the source.</param>
/// <param name="TextCover">Area of readable text in % of the shot's picture.</param>
/// <param name="Blockiness">Excess of steps at multiples of 8 pixels (<see cref="PictureQuality.Blockiness"/>).</param>
/// <param name="Aesthetic">What the aesthetic predictor says; -1 without one.</param>
internal sealed record Look(int Shot, int Frame, double TextCover, double Blockiness, double Aesthetic);

/// <summary>
/// Looks at a few pictures of each source at nearly their own size: text, coding blocks and looks are gone in a clip of 64 × 64 pixels.
/// Sources are read one after the other, while the pictures before are looked at.
/// </summary>
internal sealed class SourceLooks(ScoreConfig config) : IDisposable
{
    private readonly TextFinder? _text = config.Text.Enabled ? new TextFinder(config.Text) : null;
    private readonly PictureModel? _aesthetic = config.Aesthetic.Length > 0 ? new PictureModel(config.Aesthetic) : null;

    private sealed record Shown(SourceRow Source, ShotRow Shot, CropBox Part, int Frame, int Width, int Height, bool OwnSize, byte[] Rgba);

    /// <summary>Looks at sources.</summary>
    /// <param name="sources">Those that can be read, with what is known of them and their shots.</param>
    /// <param name="done">To be told of each source that is through.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>What is seen, by source, in the order of frames.</returns>
    public ILookup<string, Look> At(IEnumerable<(SourceRow Source, ProbeRow Probe, IReadOnlyList<ShotRow> Shots)> sources, Action done, CancellationToken cancellation) => sources
        .SelectMany(s => Pictures(s.Source, s.Probe, s.Shots, done, cancellation))
        .Spread(cancellation).Select(p => (p.Source.SourceId, Look: See(p, cancellation))).ToArray()
        .ToLookup(l => l.SourceId, l => l.Look, StringComparer.Ordinal);

    /// <summary>The pictures of a shot that are looked at, as numbers in the source.</summary>
    internal static IEnumerable<int> Chosen(LookConfig config, ProbeRow probe, ShotRow shot)
    {
        if (probe.HasAlpha && config.OfSprite > 0)
        {
            int count = Math.Min(config.OfSprite, shot.Frames);
            // The first ones of so many equal parts: one picture is then the first, which need not be decoded up to.
            return Enumerable.Range(0, count).Select(i => shot.FirstFrame + (int)((long)i * shot.Frames / count));
        }
        double interval = Math.Max(1, config.Seconds * probe.Fps);
        // In the middle of each interval; a shot shorter than one is seen once.
        int looks = Math.Max(1, (int)(shot.Frames / interval));
        return Enumerable.Range(0, looks).Select(i => shot.FirstFrame + (int)((i + 0.5) * shot.Frames / looks));
    }

    private IEnumerable<Shown> Pictures(SourceRow source, ProbeRow probe, IReadOnlyList<ShotRow> shots, Action done, CancellationToken cancellation)
    {
        double scale = Math.Min(1, (double)config.Look.Height / probe.Height);
        int width = Math.Max(1, (int)Math.Round(scale * probe.Width)), height = Math.Max(1, (int)Math.Round(scale * probe.Height));
        // Shots do not overlap, so no picture is wanted twice.
        (int Frame, ShotRow Shot)[] wanted = [.. shots.SelectMany(shot => Chosen(config.Look, probe, shot).Select(frame => (frame, shot))).OrderBy(w => w.frame)];
        if (wanted.Length > 0)
        {
            int at = wanted[0].Frame;
            using var reader = new GuardedReader(source, probe, new FrameRequest(width, height, FirstFrame: at, Frames: wanted[^1].Frame - at + 1), cancellation);
            foreach (var (frame, shot) in wanted)
            {
                reader.Skip(frame - at);
                at = frame + 1;
                var rgba = GC.AllocateUninitializedArray<byte>(4 * width * height);
                if (!reader.Read(rgba))
                    break;
                yield return new Shown(source, shot, Part(shot, scale, width, height), frame, width, height, scale == 1, rgba);
            }
        }
        done();
    }

    private static CropBox Part(ShotRow shot, double scale, int width, int height)
    {
        int left = Math.Clamp((int)(shot.CropX * scale), 0, width - 1), top = Math.Clamp((int)(shot.CropY * scale), 0, height - 1);
        return new CropBox(left, top, Math.Clamp((int)(shot.CropWidth * scale), 1, width - left), Math.Clamp((int)(shot.CropHeight * scale), 1, height - top));
    }

    private Look See(Shown shown, CancellationToken cancellation)
    {
        // Mid-grey is behind what is transparent: both dark and bright writing show on it.
        double cover = _text is null ? 0 : TextFinder.Cover(_text.Find(new Picture(shown.Width, shown.Height, shown.Rgba).Over(BackgroundSpec.Grey.First), shown.Width, shown.Height), shown.Part);
        double blockiness = shown.OwnSize ? PictureQuality.Of(shown.Rgba, shown.Width, shown.Height).Blockiness : 0;
        return new Look(shown.Shot.Shot, shown.Frame, cover, blockiness, _aesthetic?.Score(shown.Rgba, shown.Width, shown.Height, cancellation) ?? -1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _text?.Dispose();
        _aesthetic?.Dispose();
    }
}
