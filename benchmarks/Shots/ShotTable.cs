using System.Globalization;

namespace AniSora.Benchmarks.Shots;

/// <summary><c>bench shot-table FOLDER …</c>: recall and precision of cuts in joined films, for every <see cref="Overlay"/>.</summary>
internal static class ShotTable
{
    /// <summary>Pieces of a film.</summary>
    public const int Pieces = 24;
    private const int Films = 4;

    /// <summary>Prints the table; 1 if a number is below 0.95.</summary>
    /// <param name="folders">Films of one shot each, and animations with alpha.</param>
    public static int Run(IReadOnlyList<string> folders)
    {
        if (folders.Count == 0)
        {
            Console.Error.WriteLine("error: name folders of films and animations: bench shot-table FOLDER …");
            return 2;
        }
        var sources = new[] { 0, 1 }.Select(half => JoinedFilm.Sources(folders, half)).ToArray();
        Console.WriteLine("                   seen                     held out\nover the films     cuts recall precision    cuts recall precision   wrong (film:frame)");
        bool good = true;
        foreach (var overlay in Overlay.All)
        {
            var scores = sources.Select((s, half) => Score(s, overlay, (ulong)(half == 0 ? 1 : 201))).ToArray();
            good &= scores.All(s => s.Recall >= 0.95 && s.Precision >= 0.95);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{overlay.Name,-18}{scores[0].Cuts,5}{scores[0].Recall,7:0.000}{scores[0].Precision,10:0.000}{scores[1].Cuts,8}{scores[1].Recall,7:0.000}{scores[1].Precision,10:0.000}   {string.Join(' ', scores.SelectMany(s => s.Wrong))}"));
        }
        return good ? 0 : 1;
    }

    /// <summary>All films of one kind.</summary>
    private static ShotScore Score(IReadOnlyList<(Data.Pipeline.SourceRow, Data.Pipeline.ProbeRow)> sources, Overlay overlay, ulong firstSeed)
    {
        var scores = Enumerable.Range(0, Films).Select(i =>
        {
            var score = ShotScore.Of(JoinedFilm.Make(sources, Pieces, overlay, firstSeed + (ulong)i));
            return score with { Wrong = [.. score.Wrong.Select(w => $"{firstSeed + (ulong)i}:{w}")] };
        });
        return scores.Aggregate((a, b) => a + b);
    }
}
