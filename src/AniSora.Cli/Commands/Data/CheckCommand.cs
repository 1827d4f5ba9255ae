using System.CommandLine;
using System.Globalization;
using AniSora.Cli.Hosting;
using AniSora.Data;
using AniSora.Data.Pipeline;
using AniSora.Data.Pipeline.Captioning;
using Spectre.Console;
using TextEncoder = AniSora.Models.CaptionConfig;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora data check</c>: what would become of a folder of footage, before anything is made of it.</summary>
internal static class CheckCommand
{
    private const int ShownUsable = 20;

    /// <summary>Describes the command.</summary>
    public static Command Create()
    {
        var footage = new Argument<string>("FOLDER") { Description = "Films, animated pictures and folders of numbered pictures, with their captions and tables." };
        var config = new Option<string?>("--config") { Description = "YAML file with the settings that `anisora data ingest` will be given." };
        var set = new Option<string[]>("--set") { Description = "A setting, such as --set clips.min_seconds=1 (repeatable)." };
        var encoding = new Option<string?>("--encoding") { Description = "What captions and tables are written in, if not UTF-8." };
        var command = new Command("check", "Say what `anisora data ingest` would use of a folder, and why not the rest; nothing is written.") { footage, config, set, encoding };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var settings = ConfigFile.Resolve(new IngestConfig(), parsed.GetValue(config), parsed.GetValue(set));
            settings.Clips.Check();
            var sources = FolderSources.List(parsed.GetValue(footage)!, Console.Error.WriteLine, parsed.GetValue(encoding), cancel).ToList();
            return Report(parsed.GetValue(footage)!, settings, sources, cancel);
        }, cancel));
        return command;
    }

    /// <summary>Refuses captions that no text encoder here reads.</summary>
    /// <exception cref="InputException">There is one; the message names its source.</exception>
    internal static void RequireReadable(IEnumerable<SourceRow> sources)
    {
        if (sources.FirstOrDefault(TooLong) is { } wordy)
            throw new InputException($"{wordy.Path}: {CaptionProblem(wordy)}");
    }

    private static int Report(string folder, IngestConfig settings, List<SourceRow> sources, CancellationToken cancel)
    {
        if (sources.Count == 0)
            throw new InputException($"{folder}: there is no film, animation or numbered pictures");
        var probes = new ProbeRow[sources.Count];
        using (var progress = new ConsoleProgress("check", sources.Count, "sources"))
        {
            int done = 0;
            Parallel.For(0, sources.Count, new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
            {
                probes[i] = SourceProbes.Probe(sources[i], cancel);
                progress.Report(Interlocked.Increment(ref done));
            });
        }
        var table = new Table { Border = TableBorder.Simple }.AddColumn("source").AddColumn("what it is").AddColumn("clips").AddColumn("caption");
        var problems = new List<(string Source, string Problem)>();
        int usable = 0, own = 0;
        foreach (var (source, probe) in sources.Zip(probes))
        {
            var (clips, reason) = probe.Readable ? ClipFit.Of(settings.Clips, probe.Fps, probe.Frames, source.Loops) : (0, probe.Reason);
            if (TooLong(source))
                reason = CaptionProblem(source);
            if (reason.Length > 0)
            {
                problems.Add((source.SourceId, reason));
                continue;
            }
            usable++;
            own += source.Caption.Length > 0 ? 1 : 0;
            if (usable <= ShownUsable)
            {
                table.AddRow(Markup.Escape(source.SourceId), string.Create(CultureInfo.InvariantCulture, $"{probe.Width}×{probe.Height}, {probe.Frames} frames at {probe.Fps:0.##}{(probe.VariableFps ? ", varying" : "")}{(probe.HasAlpha ? ", alpha" : "")}"),
                    string.Create(CultureInfo.InvariantCulture, $"up to {clips}"), Markup.Escape(source.Caption.Length > 0 ? source.Caption : TemplateCaptioner.Of(source)[0]));
            }
        }
        if (usable > 0)
            AnsiConsole.Write(table);
        if (usable > ShownUsable)
            Console.WriteLine($"… and {usable - ShownUsable} more");
        foreach (var (source, problem) in problems)
            Console.WriteLine($"{source}: {problem}");
        Console.WriteLine($"{usable} of {sources.Count} sources can be used; captions: {own} a person's own, {usable - own} made from names and tables{(settings.Captions.Endpoint is { } model ? $" or by {model.Model}" : "")}");
        return usable > 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static bool TooLong(SourceRow source) => TextEncoder.Split(source.Caption).Count > TextEncoder.LongestCaption;

    private static string CaptionProblem(SourceRow source) =>
        $"its caption has {TextEncoder.Split(source.Caption).Count} words, and text encoders here read at most {TextEncoder.LongestCaption}; shorten it";
}
