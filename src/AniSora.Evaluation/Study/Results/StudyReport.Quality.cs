using System.Globalization;
using AniSora.Display;

namespace AniSora.Evaluation.Study;

public static partial class StudyReport
{
    private static Html AgreementSection(StudyResults results)
    {
        var rows = results.Agreement.Select(a => Html.Of($"""
            <tr><th scope="row">{a.Axis.Name}<small> {a.Axis.Question}</small></th><td class="number">{Number(a.Ordinal)}</td><td class="number">{Number(a.Interval)}</td></tr>
            """));
        return HtmlPage.Section("agreement", "How far people agree", Html.Of($"""
            <p class="what">Krippendorff's alpha over everything that two or more raters judged: 1 is full agreement, 0 what chance would give. From 0.8 on one speaks of reliable data, from 0.67 on of tentative conclusions;
            taste is rarely above. Intervals of the means take disagreement into account, whatever alpha is.</p>
            <div class="scroll"><table class="cost"><thead><tr><th scope="col">Axis</th><th scope="col">Alpha, by rank</th><th scope="col">Alpha, by distance</th></tr></thead><tbody>{rows}</tbody></table></div>
            """));
    }

    private static Html Raters(StudyResults results, IReadOnlyList<RaterProgress> progress)
    {
        var total = progress.ToDictionary(p => p.Rater, p => p.Total, StringComparer.Ordinal);
        var rows = results.Raters.Select(r => Html.Of($"""
            <tr><th scope="row">{r.Rater}</th><td class="number">{r.Answered} of {total[r.Rater]}</td><td class="number">{r.ChecksPassed} of {r.ChecksPassed + r.ChecksFailed}</td>
            <td class="number">{Number(r.RepeatDifference)}</td><td class="number">{r.MedianSeconds:0.0} s</td><td>{(r.Excluded ? "left out: failed checks" : "counted")}</td></tr>
            """));
        int silent = progress.Count(p => p.Answered == 0);
        return HtmlPage.Section("raters", "Who rated", Html.Of($"""
            <p class="what">The rule, set before the test: {RaterQuality.Rule} Whoever stopped early counts with what they rated.{(silent > 0 ? $" {silent} of {progress.Count} links were never used." : "")}</p>
            <div class="scroll"><table class="cost"><thead><tr><th scope="col">Rater</th><th scope="col">Pages</th><th scope="col">Checks passed</th><th scope="col">Change on repeats</th><th scope="col">Median time</th><th scope="col"></th></tr></thead><tbody>{rows}</tbody></table></div>
            """));
    }

    private static Html Method(StudyResults results, string name) => HtmlPage.Section("method", "How it was done", Html.Of($"""
        <div class="columns"><div><h3>Blind</h3>
        <p>All versions of a clip were encoded anew with the same settings, at one size and length, as files of the same number of bytes under random names. Each rater met the clips in rounds,
        by another model each time; which one when is balanced by Williams squares{(IsPairs(results) ? ", and each model stood equally often on the left" : "")}. The order was drawn before the first answer.</p></div>
        <div><h3>Intervals</h3><p>Raters and clips were both drawn anew 1000 times (pigeonhole bootstrap), since other people and other clips would have given other numbers. They hold for people like these and clips like these.</p></div>
        <div><h3>All answers</h3><p>One answer a line, checks, repeats and raters left out included: <a href="{name}.csv">{name}.csv</a> and <a href="{name}.parquet">{name}.parquet</a> beside this page.</p></div></div>
        """));

    private static string Number(double value) => double.IsNaN(value) ? "–" : value.ToString("0.00", CultureInfo.InvariantCulture);
}
