using System.CommandLine;
using System.Text.Json;
using AniSora.Cli.Hosting;
using AniSora.Data;
using Spectre.Console;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora data list</c>: the collections that can be ingested by name.</summary>
internal static class ListCommand
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private sealed record Entry(
        string Name, string Summary, IReadOnlyDictionary<string, int> Counts, long DownloadBytes, string Licence, string Attribution, IReadOnlyList<string> Packages, bool Cached)
    {
        public static Entry Of(FootageCollection collection, string? cache) => new(
            collection.Name, collection.Summary, collection.Expected.ToDictionary(c => c.What, c => c.Count), collection.DownloadBytes, collection.Licence, collection.Attribution,
            collection.PackageNames, collection.IsCached(cache));
    }

    /// <summary>Describes the command.</summary>
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print them as JSON instead of a table." };
        var cache = new Option<string?>("--cache") { Description = "Where packages are kept (default: ~/.cache/anisora, or ANISORA_CACHE)." };
        var command = new Command("list", "Show the collections that come with AniSora; `data ingest --collection NAME` fetches one by itself.") { json, cache };
        command.SetAction(parsed =>
        {
            var entries = FootageCollection.All.Select(c => Entry.Of(c, parsed.GetValue(cache))).ToList();
            if (parsed.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(entries, s_json));
            else
                TableOutput.Write(Console.Out, terminal: !Console.IsOutputRedirected, console => console.Write(TableOf(entries)));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Table TableOf(IEnumerable<Entry> entries)
    {
        var table = new Table { Border = TableBorder.None }
            .AddColumn(new TableColumn("[bold]collection[/]").NoWrap()).AddColumn("[bold]what it is[/]").AddColumn("[bold]holds[/]")
            .AddColumn(new TableColumn("[bold]download[/]").NoWrap().RightAligned()).AddColumn(new TableColumn("[bold]cached[/]").NoWrap())
            .AddColumn(new TableColumn("[bold]licence[/]").NoWrap()).AddColumn("[bold]by[/]");
        foreach (var entry in entries)
        {
            table.AddRow(new[]
            {
                entry.Name, entry.Summary, string.Join(", ", entry.Counts.Select(c => $"{c.Value:#,0} {c.Key}")), $"{entry.DownloadBytes / 1e6:0.0} MB", entry.Cached ? "yes" : "no",
                entry.Licence, entry.Attribution,
            }.Select(Markup.Escape).ToArray());
        }
        return table;
    }
}
