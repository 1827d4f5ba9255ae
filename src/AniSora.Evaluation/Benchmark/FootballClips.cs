using System.Text.Json;
using AniSora.Data;
using AniSora.Data.Pipeline;
using AniSora.Data.Pipeline.Captioning;

namespace AniSora.Evaluation.Benchmark;

/// <summary>
/// Footballers in four plays, in those directions only that the demo's data set holds out. There are 16 such sequences (4 plays × 4 kits), so
/// each gives three clips, which overlap where a play is short; the kits themselves are known to the shipped model from other directions.
/// </summary>
internal static class FootballClips
{
    private const int PerSequence = 3;

    /// <summary>The clips of the held-out plays.</summary>
    public static IEnumerable<PlannedClip> Of(IEnumerable<SourceRow> sources, BenchmarkFormat format) => sources
        .Where(s => DemoDataset.HeldOut.Contains(s.Identity)).SelectMany(source =>
        {
            int frames = JsonSerializer.Deserialize<string[]>(source.Frames)!.Length;
            var timing = ClipTiming.Of(source.Fps, format.Rate);
            int span = (format.Frames - 1) / timing.Hold * timing.Step + 1;
            // In the demo's words: what loops has a pace.
            string prompt = ClosedCaptions.Compose(source.Subject, source.Colour, source.Label, source.Direction, source.Loops ? "slowly" : "", 0);
            return Starts(frames, span, source.Loops).Select(first => new PlannedClip(source, $"footballer-{source.Label}", prompt, timing.Frames(format.Frames, first), timing.Rate) { FigureInDemo = true });
        });

    // Spread over a loop, or from the first place to the last that a clip fits in; a place is taken once.
    private static IEnumerable<int> Starts(int frames, int span, bool loops) => Enumerable.Range(0, PerSequence)
        .Select(i => loops ? i * frames / PerSequence : (int)Math.Round(i * Math.Max(0, frames - span) / (PerSequence - 1.0), MidpointRounding.AwayFromZero)).Distinct();
}
