using System.Globalization;
using AniSora.Data;
using AniSora.Data.Pipeline;
using AniSora.Data.Pipeline.Reporting;
using AniSora.Display;

namespace AniSora.Cli.Report;

/// <summary>The page that a person reads before training: the funnel, distributions, kept and removed clips, labels, duplicates, licences.</summary>
internal static partial class DatasetReport
{
    private const int ShownKept = 16, ShownDuplicates = 6;

    /// <summary>Writes <c>report.html</c> into a finished data set.</summary>
    /// <param name="folder">The data set.</param>
    /// <returns>The page's path.</returns>
    /// <exception cref="InputException">The data set is not finished, or the page cannot be written.</exception>
    public static string Write(DatasetFolder folder)
    {
        using var summary = new DatasetSummary(folder);
        using var store = new FrameStore(folder.Root, verify: false);
        string name = Path.GetFileName(folder.Root.TrimEnd('/'));
        var page = new HtmlPage($"{name}: data set", "What is in a data set of animation clips, what was removed from it and why.");
        page.Add(Html.Of($"<main>{Opening(summary, name)}"));
        page.Add(FunnelSection(summary));
        page.Add(Kept(page, summary, store));
        page.Add(RemovedSection(page, summary, store));
        page.Add(Distributions(page, summary));
        page.Add(Balance(page, summary));
        page.Add(Licences(summary));
        page.Add(Html.Of($"</main>"));
        try
        {
            AtomicFile.WriteText(folder.Report, page.Render());
        }
        catch (FileNotFoundException e)
        {
            throw new InputException(e.Message, e);
        }
        return folder.Report;
    }

    private static Html Opening(DatasetSummary summary, string name)
    {
        var funnel = summary.Funnel;
        var facts = new (long Number, string What)[]
        {
            (funnel.Sources, Named(funnel.Sources, "source")), (funnel.Shots, Named(funnel.Shots, "shot")), (funnel.Candidates, Named(funnel.Candidates, "clip") + " cut"),
            (funnel.Kept, Named(funnel.Kept, "clip") + " kept"), (funnel.Splits.GetValueOrDefault("test"), "of these held out"), (funnel.Identities, Things(funnel.Identities) + " shown"),
        };
        return Html.Of($"""
            <header class="hero"><p class="eyebrow">Data set report</p><h1>{name}</h1>
            <p class="lead">{Counted(funnel.Kept, "clip")} of {Grouped(funnel.Identities)} {Things(funnel.Identities)}, from {Counted(funnel.Sources, "source")}. Splits go by what is shown, never by clip: nothing that is held out is trained on.</p>
            <dl class="facts">{facts.Select(f => Html.Of($"<div><dt>{f.What}</dt><dd>{Grouped(f.Number)}</dd></div>"))}</dl></header>
            """);
    }

    private static Html FunnelSection(DatasetSummary summary)
    {
        var funnel = summary.Funnel;
        var rows = new List<Html>();
        long left = funnel.Sources;
        void Row(string title, string note, long? removed, long of) => rows.Add(Html.Of($"""
            <tr><th scope="row">{title}<small>{note}</small></th><td class="bar"><i style="width:{100.0 * left / Math.Max(1, of):0.#}%"></i></td><td class="number">{Grouped(left)}</td><td class="number">{(removed is null ? "" : $"−{Grouped(removed.Value)}")}</td></tr>
            """));
        Row(Named(left, "source"), "", null, funnel.Sources);
        foreach (var (reason, count) in funnel.Unreadable)
        {
            left -= count;
            Row("not usable", reason, count, funnel.Sources);
        }
        left = funnel.Candidates;
        Row("clips cut", $"from {Counted(funnel.Shots, "shot")} in {Counted(funnel.Sequences, "decoded sequence")}", null, funnel.Candidates);
        foreach (var removal in funnel.Removed)
        {
            left -= removal.Clips;
            Row(removal.Rule, $"{removal.Keep}: {removal.Why}{(removal.Alone > removal.Clips ? $" ({Grouped(removal.Alone)} break it, some of them removed before)" : "")}", removal.Clips, funnel.Candidates);
        }
        left = funnel.Kept;
        Row("kept", string.Join(", ", funnel.Splits.Select(s => $"{Grouped(s.Value)} {s.Key}")), null, funnel.Candidates);
        return HtmlPage.Section("funnel", "From sources to training set", Html.Of($"""
            <p class="what">Each step with what it leaves, as a bar and a number, and what it removes. A clip counts for the first rule that it breaks.</p>
            <div class="scroll"><table class="cost funnel"><thead><tr><th scope="col">Step</th><th scope="col" colspan="2">Left</th><th scope="col">Removed</th></tr></thead><tbody>{rows}</tbody></table></div>
            """));
    }

    private static Html Licences(DatasetSummary summary)
    {
        var rows = summary.Provenance().Select(p => Html.Of($"""
            <tr><th scope="row">{p.Collection}<small>{p.Attribution}</small></th><td>{p.Licence}</td><td class="number">{Grouped(p.Kept)}</td><td class="number">{p.Seconds / 60:0.0} min</td></tr>
            """));
        return HtmlPage.Section("licences", "Where the pictures come from", Html.Of($"""
            <p class="what">As the sources state it. “unknown” means that nothing was said: find out before you publish a model.</p>
            <div class="scroll"><table class="cost"><thead><tr><th scope="col">Collection</th><th scope="col">Licence</th><th scope="col">Clips</th><th scope="col">Length</th></tr></thead><tbody>{rows}</tbody></table></div>
            """));
    }

    internal static string Counted(long count, string one) => $"{Grouped(count)} {Named(count, one)}";

    private static string Named(long count, string one) => count == 1 ? one : one + "s";

    private static string Things(long count) => count == 1 ? "thing" : "different things";

    internal static string Grouped(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);
}
