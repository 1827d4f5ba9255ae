using System.Globalization;
using System.Text;
using AniSora.Evaluation.Benchmark;

namespace AniSora.Evaluation;

/// <summary>A column of a board.</summary>
/// <param name="Title">With a stand-in's name, if it is one.</param>
/// <param name="Unit">Of its values; empty for a share of 1.</param>
/// <param name="HigherIsBetter">Which way is good.</param>
public sealed record BoardColumn(string Title, string Unit, bool HigherIsBetter);

/// <summary>A value with its 95 % interval; null bounds where none is known.</summary>
public sealed record BoardCell(double Value, double? Low, double? High)
{
    /// <summary>The value, for people.</summary>
    public string Shown() => Number(Value);

    /// <summary>The interval, for people; empty where none is known.</summary>
    public string Bounds() => Low is { } low && High is { } high ? $"({Number(low)} … {Number(high)})" : "";

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 10 ? "0.00" : "0.0000", CultureInfo.InvariantCulture);
}

/// <summary>A row of a board.</summary>
/// <param name="Name">The model or rule.</param>
/// <param name="Task">What it was given; empty for published rows.</param>
/// <param name="Source">Where a published row was read; empty for measured ones.</param>
/// <param name="Cells">A value or null for each column.</param>
public sealed record BoardRow(string Name, string Task, string Source, IReadOnlyList<BoardCell?> Cells);

/// <summary>Columns that belong together: published rows first, then measured ones by task, each sorted by the first column.</summary>
/// <param name="Title">What it is.</param>
/// <param name="Note">What one has to know to read it.</param>
/// <param name="Columns">The columns.</param>
/// <param name="Rows">The rows.</param>
public sealed record Board(string Title, string Note, IReadOnlyList<BoardColumn> Columns, IReadOnlyList<BoardRow> Rows);

/// <summary>How a measured row was made.</summary>
/// <param name="Name">The model or rule.</param>
/// <param name="Task">What it was given.</param>
/// <param name="Clips">That were measured.</param>
/// <param name="Seed">Of the first clip.</param>
/// <param name="Seconds">For each clip.</param>
/// <param name="Program">Version and commit of the program that made it.</param>
/// <param name="Model">The model's checksum; empty for a rule.</param>
/// <param name="Command">Makes and measures it again.</param>
public sealed record BoardOrigin(string Name, string Task, int Clips, string Seed, string Seconds, string Program, string Model, string Command);

/// <summary>Published rows as published, and measured ones. What a stand-in computed has columns of its own.</summary>
/// <param name="Benchmark">What the measured rows were measured on.</param>
/// <param name="Boards">The tables; those in which nothing was measured or published are left out.</param>
/// <param name="Origins">How each measured row was made.</param>
public sealed record Leaderboard(MeasuredBenchmark Benchmark, IReadOnlyList<Board> Boards, IReadOnlyList<BoardOrigin> Origins)
{
    private static readonly string[] _tasks = [.. BenchmarkTask.Names];

    /// <summary>Every metric that may stand in a summary.</summary>
    public static IReadOnlyList<Metric> Metrics { get; } = [.. Metric.All, .. EvaluatorAxis.All.Select(a => a.Metric)];

    /// <summary>Makes the tables.</summary>
    /// <param name="sets">All of one benchmark (<see cref="MeasuredSet.Read"/>), at least one.</param>
    public static Leaderboard Of(IReadOnlyList<MeasuredSet> sets)
    {
        bool Learned(Metric m) => EvaluatorAxis.All.Any(a => a.Metric == m);
        bool Likeness(Metric m) => m.Needs.HasFlag(MetricNeeds.Reference);
        Board[] boards =
        [
            .. PublishedTable.All.Select(table => Published(table, sets)),
            Measured("AniSora's six axes, learned from ratings", "Predicted from metrics, by what people's ratings taught: comparable within this table only.", sets, Learned),
            Measured("Stand-ins for the published networks", "The published formulas, with another network in the published one's place: comparable within this table only.", sets, m => m.Published is not null && !Learned(m)),
            Measured("Likeness to the real clips", "Formulas without network, and the Fréchet distance of ResNet-18's video features, extrapolated to infinitely many clips.", sets, m => m.Published is null && Likeness(m), frechet: true),
            Measured("Steadiness, and faithfulness to what was given", "Formulas without network, of each video by itself and what it was given.", sets, m => m.Published is null && !Likeness(m)),
        ];
        return new(sets[0].Benchmark, [.. boards.Where(b => b.Rows.Count > 0)], [.. InOrder(sets).Select(s =>
            new BoardOrigin(s.Row, s.Task, s.Clips, s.Said("seed") ?? "–", Seconds(s), s.Said("program") ?? "–", s.Said("model_checksum") ?? "", s.Command))]);
    }

    /// <summary>The tables in Markdown.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder($"# Leaderboard\n\nMeasured rows: {Benchmark.Clips} clips, benchmark `{Benchmark.Checksum}`. In brackets: 95 % intervals by bootstrap over identities. Rows are sorted by the first column, measured ones within their task.\n");
        foreach (var board in Boards)
        {
            text.Append($"\n## {board.Title}\n\n{board.Note}\n\n");
            Table(text, ["row", "given", .. board.Columns.Select(c => $"{c.Title} {(c.HigherIsBetter ? "↑" : "↓")}{(c.Unit.Length > 0 ? $" {c.Unit}" : "")}")], board.Rows.Select(r => (string[])[r.Name, r.Source.Length > 0 ? "as published" : r.Task, .. r.Cells.Select(c => c is null ? "–" : $"{c.Shown()} {c.Bounds()}".TrimEnd())]));
            foreach (string source in board.Rows.Select(r => r.Source).Where(s => s.Length > 0).Distinct())
                text.Append($"\nPublished rows: {source}.\n");
        }
        text.Append("\n## How the measured rows were made\n\n");
        Table(text, ["row", "given", "clips", "seed", "seconds a clip", "program", "model's checksum", "command"], Origins.Select(o =>
            (string[])[o.Name, o.Task, $"{o.Clips} of {Benchmark.Clips}", o.Seed, o.Seconds, o.Program, o.Model.Length > 0 ? $"`{o.Model[..Math.Min(12, o.Model.Length)]}`" : "–", o.Command.Length > 0 ? $"`{o.Command}`" : "not known: the folder has no made.json"]));
        return text.ToString();
    }

    private static void Table(StringBuilder text, string[] head, IEnumerable<string[]> rows)
    {
        foreach (var row in rows.Prepend([.. head.Select((_, i) => i < 2 ? "---" : "---:")]).Prepend(head))
            text.Append($"| {string.Join(" | ", row.Select(cell => cell.Replace("|", "\\|").ReplaceLineEndings(" ")))} |\n");
    }

    private static Board Published(PublishedTable table, IReadOnlyList<MeasuredSet> sets)
    {
        // Measured values are shares of 1, these tables have per cent. A stand-in is not looked for: it has no place here.
        BoardCell? Cell(MeasuredSet set, PublishedColumn column) => column.Metric is { } key && set.Metrics.FirstOrDefault(m => m.Metric == key && !m.StandIn) is { } found ? CellOf(found, 100) : null;
        var published = table.Rows.Select(r => new BoardRow(r.Name, "", table.Source, [.. r.Values.Select(v => v is { } value ? new BoardCell(value, null, null) : null)]));
        var measured = sets.Select(s => new BoardRow(s.Row, s.Task, "", [.. table.Columns.Select(c => Cell(s, c))]));
        return new(table.Title, table.Note, [.. table.Columns.Select(c => new BoardColumn(c.Title, "", true))], Sorted([.. published, .. measured], true));
    }

    private static Board Measured(string title, string note, IReadOnlyList<MeasuredSet> sets, Func<Metric, bool> belongs, bool frechet = false)
    {
        var columns = Metrics.Where(belongs).SelectMany(metric => sets.SelectMany(s => s.Metrics).Where(m => m.Metric == metric.Key && (metric.Published is null || m.StandIn))
            .Select(m => m.Network).Distinct().Order(StringComparer.Ordinal).Select(network => (Metric: metric, Network: network))).ToList();
        bool far = frechet && sets.Any(s => s.FrechetDistance is not null);
        var heads = columns.Select(c => new BoardColumn(MetricColumn.TitleOf(c.Metric, c.Network), c.Metric.Unit, c.Metric.HigherIsBetter));
        var rows = sets.Select(s => new BoardRow(s.Row, s.Task, "", [.. columns.Select(c => s.Metrics.FirstOrDefault(m => m.Metric == c.Metric.Key && m.Network == c.Network) is { } found ? CellOf(found, 1) : null),
            .. far ? [s.FrechetDistance is { } distance ? new BoardCell(distance.Unbiased, null, null) : null] : Array.Empty<BoardCell?>()]));
        BoardColumn[] all = [.. heads, .. far ? [new BoardColumn("Fréchet distance (ResNet-18)", "", false)] : Array.Empty<BoardColumn>()];
        return new(title, note, all, Sorted([.. rows], all.FirstOrDefault()?.HigherIsBetter ?? true));
    }

    private static BoardCell? CellOf(MeasuredMetric found, double scale) => found.All.Mean is { } mean ? new(mean * scale, found.All.Low * scale, found.All.High * scale) : null;

    private static BoardRow[] Sorted(IEnumerable<BoardRow> rows, bool higherIsBetter) =>
    [
        .. rows.Where(r => r.Cells.Any(c => c is not null)).OrderBy(r => r.Source.Length == 0).ThenBy(r => Place(r.Task)).ThenBy(r => r.Task, StringComparer.Ordinal)
            .ThenBy(r => r.Cells[0] is { } cell ? (higherIsBetter ? -cell.Value : cell.Value) : double.MaxValue).ThenBy(r => r.Name, StringComparer.Ordinal),
    ];

    private static IEnumerable<MeasuredSet> InOrder(IEnumerable<MeasuredSet> sets) => sets.OrderBy(s => Place(s.Task)).ThenBy(s => s.Task, StringComparer.Ordinal).ThenBy(s => s.Row, StringComparer.Ordinal);

    private static int Place(string task) => Array.IndexOf(_tasks, task) is var place && place < 0 ? _tasks.Length : place;

    private static string Seconds(MeasuredSet set) => double.TryParse(set.Said("seconds_per_clip"), CultureInfo.InvariantCulture, out double seconds) ? seconds.ToString("0.###", CultureInfo.InvariantCulture) : "–";
}
