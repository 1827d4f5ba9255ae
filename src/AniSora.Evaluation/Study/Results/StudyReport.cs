using System.Globalization;
using AniSora.Display;
using Plotly.NET;

namespace AniSora.Evaluation.Study;

/// <summary>The page that unblinds a closed study, with all answers beside it as Parquet and as comma-separated values.</summary>
public static partial class StudyReport
{
    /// <summary>Writes <c>NAME.html</c>, <c>NAME.parquet</c> and <c>NAME.csv</c>.</summary>
    /// <param name="study">The study's folder.</param>
    /// <param name="page">The page's file.</param>
    /// <exception cref="InputException">The study is not closed or has no answers, or a file cannot be written.</exception>
    public static void Write(string study, string page)
    {
        using var database = StudyDatabase.Open(study);
        var results = StudyResults.Of(database);
        string withoutEnding = Path.Combine(Path.GetDirectoryName(page) ?? "", Path.GetFileNameWithoutExtension(page));
        try
        {
            string html = Render(results, database.Progress(), Path.GetFileName(withoutEnding));
            RatingRow.Export(results, withoutEnding);
            AtomicFile.WriteText(page, html);
        }
        catch (FileNotFoundException e)
        {
            throw new InputException(e.Message, e);
        }
    }

    private static string Render(StudyResults results, IReadOnlyList<RaterProgress> progress, string name)
    {
        var page = new HtmlPage($"{results.Study.Title}: results", "Results of a blind test: how people rated animation without knowing what made it.");
        page.Add(Html.Of($"<main>{Opening(results)}{Models(page, results)}{AgreementSection(results)}{Raters(results, progress)}{Method(results, name)}</main>"));
        return page.Render();
    }

    private static Html Opening(StudyResults results)
    {
        var counted = results.Counted.ToArray();
        var facts = new (long Number, string What)[]
        {
            (results.Models.Count, "models"), (counted.Select(j => j.Clip).Distinct().Count(), "clips"), (counted.Select(j => j.Rater).Distinct().Count(), "raters counted"),
            (results.Excluded.Count, "raters left out"), (counted.Length, "answers counted"),
        };
        return Html.Of($"""
            <header class="hero"><p class="eyebrow">Blind test, closed on {results.Study.Closed!.Value:d MMMM yyyy}</p><h1>{results.Study.Title}</h1>
            <p class="lead">{(IsPairs(results) ? "Raters saw two animations of one clip at a time and chose the better one on each line." : "Raters saw one animation at a time and rated it on each line from 1 to 5.")}
            They did not know what had made it, nor did who ran the test know who had rated what, until the test was closed.</p>
            <dl class="facts">{facts.Select(f => Html.Of($"<div><dt>{f.What}</dt><dd>{f.Number:#,0}</dd></div>"))}</dl></header>
            """);
    }

    private static Html Models(HtmlPage page, StudyResults results)
    {
        var axes = results.Study.Axes;
        var head = axes.Select(a => Html.Of($"""<th scope="col">{a.Name}</th>"""));
        var rows = results.Models.Select(m => Html.Of($"""
            <tr><th scope="row">{m.Model}</th><td class="number"><b>{m.Score.Value:0.0}</b>{Range(m.Score, "0.0")}</td><td class="number">{m.Overall.Value:0.00}{Range(m.Overall, "0.00")}</td>
            {m.Axes.Select(e => Html.Of($"""<td class="number">{e.Value:0.00}{Range(e, "0.00")}</td>"""))}</tr>
            """));
        return HtmlPage.Section("models", "What people preferred", Html.Of($"""
            <p class="what">{(IsPairs(results)
                ? "Strengths by Bradley and Terry: e to the difference of two is the odds that the first is preferred. The score is how often a model is preferred to another one, in percent."
                : "Means of the answers, 1 to 5. The score is 25 · (mean − 1): 0 if all had given a 1, 100 if all had given a 5. How the published table comes to its 0–100 is not published, so do not compare across.")}
            Below each number its 95 % interval.</p>
            <div class="scroll"><table class="scores cost"><thead><tr><th scope="col">Model</th><th scope="col">Score, 0–100</th><th scope="col">All</th>{head}</tr></thead><tbody>{rows}</tbody></table></div>
            {Figures(page, results)}
            """));
    }

    private static Html Figures(HtmlPage page, StudyResults results)
    {
        // Image alignment, Text alignment, Character consistency: the first word is enough, and there is room for it on a phone.
        string[] names = [.. results.Study.Axes.Select(a => a.Name.Split(' ')[0])];
        var radar = IsPairs(results) || names.Length < 3 ? Html.Empty : page.Figure(
            Charts.Together(results.Models.Select(m => Charts.Radar(names, [.. m.Axes.Select(e => e.Value)], m.Model))).Styled(y: new Axis(Minimum: 1, Maximum: 5, TickStep: 1), height: 420),
            "Means by axis, 1 in the centre, 5 at the rim.");
        var scores = page.Figure(
            Charts.Bars([.. results.Models.Select(m => m.Model)], [.. results.Models.Select(m => m.Score.Value)], "score", error: [.. results.Models.Select(m => Half(m.Score))])
                .Styled(y: new Axis("score", Minimum: 0, Maximum: 100, TickStep: 20), height: 420, legend: false),
            "Score of all axes together, with 95 % intervals.");
        var axes = page.Figure(
            Charts.Together(results.Models.Select(m => Charts.Bars(names, [.. m.Axes.Select(e => e.Value)], m.Model, error: [.. m.Axes.Select(Half)])))
                .Styled(x: new Axis(), y: IsPairs(results) ? new Axis("strength") : new Axis("mean", Minimum: 1, Maximum: 5, TickStep: 1), height: 420),
            $"{(IsPairs(results) ? "Strengths" : "Means")} by axis, with 95 % intervals.");
        return Html.Of($"""<div class="plots">{radar}{scores}</div><div class="plots">{axes}</div>""");
    }

    private static bool IsPairs(StudyResults results) => results.Study.Design == StudyDesign.Pairs;

    private static double Half(Estimate e) => (e.High - e.Low) / 2;

    private static Html Range(Estimate e, string format) => double.IsNaN(e.Low) ? Html.Empty
        : Html.Of($"<br><small>{e.Low.ToString(format, CultureInfo.InvariantCulture)} … {e.High.ToString(format, CultureInfo.InvariantCulture)}</small>");
}
