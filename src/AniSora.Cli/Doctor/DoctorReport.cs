using System.Text.Json;
using System.Text.Json.Serialization;
using AniSora.Cli.Hosting;
using Spectre.Console;

namespace AniSora.Cli.Doctor;

/// <summary>Shows the checks, as a table for people or as JSON for programs.</summary>
internal static class DoctorReport
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Whether everything that some command needs is there.</summary>
    /// <param name="checks">All checks.</param>
    public static bool Healthy(IEnumerable<Check> checks) => checks.All(check => check.State != CheckState.Missing);

    /// <summary>Writes <c>{ "healthy": …, "checks": [ { area, name, state, detail, fix? } ] }</c>.</summary>
    /// <param name="checks">All checks.</param>
    /// <param name="output">Where to.</param>
    public static void WriteJson(IReadOnlyList<Check> checks, TextWriter output) =>
        output.WriteLine(JsonSerializer.Serialize(new { Healthy = Healthy(checks), Checks = checks }, s_json));

    /// <summary>Writes the table, then the commands that mend what is missing.</summary>
    /// <param name="checks">All checks.</param>
    /// <param name="output">Where to.</param>
    /// <param name="terminal">Whether that is a terminal: colours, and lines folded to its width.</param>
    public static void WriteTable(IReadOnlyList<Check> checks, TextWriter output, bool terminal) => TableOutput.Write(output, terminal, console =>
    {
        console.Write(TableOf(checks));
        console.WriteLine();
        var missing = checks.Count(check => check.State == CheckState.Missing);
        var notes = checks.Count(check => check.State == CheckState.Note);
        console.MarkupLine(missing > 0
            ? $"[red]{missing} missing[/]: run the commands after the arrows, then `anisora doctor` again"
            : $"[green]ready[/]{(notes > 0 ? $" ({notes} worth knowing, marked –)" : "")}");
    });

    private static Table TableOf(IReadOnlyList<Check> checks)
    {
        var table = new Table { Border = TableBorder.None, ShowHeaders = false }
            .AddColumn(new TableColumn("state").NoWrap())
            .AddColumn(new TableColumn("name").NoWrap())
            .AddColumn("detail");
        string? area = null;
        foreach (var check in checks)
        {
            if (check.Area != area)
            {
                if (area is not null)
                    table.AddEmptyRow();
                table.AddRow("", $"[bold]{Markup.Escape(check.Area)}[/]");
                area = check.Area;
            }
            table.AddRow(Mark(check.State), Markup.Escape(check.Name), Markup.Escape(check.Detail));
            if (check.Fix is not null)
                table.AddRow("", "", $"[yellow]→ {Markup.Escape(check.Fix)}[/]");
        }
        return table;
    }

    private static string Mark(CheckState state) => state switch
    {
        CheckState.Ok => "[green]✓[/]",
        CheckState.Note => "[yellow]–[/]",
        _ => "[red]✗[/]",
    };
}
