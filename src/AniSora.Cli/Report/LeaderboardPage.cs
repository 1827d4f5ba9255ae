using AniSora.Display;
using AniSora.Evaluation;

namespace AniSora.Cli.Report;

/// <summary>The leaderboard as a page.</summary>
public static class LeaderboardPage
{
    /// <summary>The page, whole.</summary>
    /// <param name="board">The tables.</param>
    public static string Of(Leaderboard board)
    {
        var page = new HtmlPage("Leaderboard", "Published and measured numbers of models that make animation.");
        page.Add(Html.Of($"""
            <main><header class="hero"><p class="eyebrow">Leaderboard</p><h1>What is published, and what is measured</h1>
            <p class="lead">Measured rows: {board.Origins.Count} sets of videos for {board.Benchmark.Clips} clips (benchmark <code>{board.Benchmark.Checksum}</code>). In brackets: 95 % intervals by bootstrap over identities.
            Rows are sorted by the first column, measured ones within their task.</p></header>
            {board.Boards.Select((b, i) => HtmlPage.Section($"board-{i + 1}", b.Title, Html.Of($"<p class=\"what\">{b.Note}</p>{Table(b)}{Sources(b)}")))}{HtmlPage.Section("origins", "How the measured rows were made", Origins(board))}</main>
            """));
        return page.Render();
    }

    private static Html Table(Board board) => Html.Of($"""
        <div class="scroll"><table class="cost board"><thead><tr><th scope="col">Row</th>{board.Columns.Select(c => Html.Of($"<th scope=\"col\">{c.Title}<br>{(c.HigherIsBetter ? "↑" : "↓")} {c.Unit}</th>"))}</tr></thead>
        <tbody>{board.Rows.Select(r => Html.Of($"<tr><th scope=\"row\">{r.Name}<small>{(r.Source.Length > 0 ? "as published" : r.Task)}</small></th>{r.Cells.Select(Cell)}</tr>"))}</tbody></table></div>
        """);

    private static Html Cell(BoardCell? cell) => cell is null ? Html.Of($"<td class=\"number\">–</td>") : Html.Of($"<td class=\"number\">{cell.Shown()}<br><small>{cell.Bounds()}</small></td>");

    private static Html Sources(Board board) => Html.Join(board.Rows.Select(r => r.Source).Where(s => s.Length > 0).Distinct().Select(source => Html.Of($"<p><small>Published rows: {source}.</small></p>")));

    private static Html Origins(Leaderboard board) => Html.Of($"""
        <div class="scroll"><table class="cost"><thead><tr><th scope="col">Row</th><th scope="col">Clips</th><th scope="col">Seed</th><th scope="col">Seconds a clip</th><th scope="col">Program</th><th scope="col">Command</th></tr></thead>
        <tbody>{board.Origins.Select(o => Html.Of($"""
            <tr><th scope="row">{o.Name}<small>{o.Task}</small></th><td class="number">{o.Clips} of {board.Benchmark.Clips}</td><td class="number">{o.Seed}</td><td class="number">{o.Seconds}</td>
            <td><code>{o.Program}</code>{(o.Model.Length > 0 ? Html.Of($"<br><small>model <code>{o.Model[..Math.Min(12, o.Model.Length)]}</code></small>") : Html.Empty)}</td><td>{(o.Command.Length > 0 ? Html.Of($"<code>{o.Command}</code>") : Html.Text("not known: the folder has no made.json"))}</td></tr>
            """))}</tbody></table></div>
        """);
}
