using System.CommandLine;
using System.Net;
using AniSora.Cli.Hosting;
using AniSora.Evaluation.Study;
using Spectre.Console;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora study</c>: a blind test with people, from videos to the page with its results.</summary>
internal static class StudyCommand
{
    /// <summary>Describes the commands.</summary>
    public static Command Create() => new("study", "Let people rate animation without knowing what made it.")
    {
        CreateStudy(), Serve(), Status(), Import(), Close(), Report(),
    };

    private static Command CreateStudy()
    {
        var defaults = new StudyOptions();
        var videos = new Option<string[]>("--videos") { Description = "Videos to compare, NAME=FOLDER with video/ID.mp4 (repeatable).", Required = true };
        var bench = new Option<string?>("--bench") { Description = "Benchmark folder: its prompts and given pictures are shown, and rated against." };
        var design = new Option<string>("--design") { Description = "scale: one video at a time, 1 to 5; pairs: which of two is better.", DefaultValueFactory = _ => "scale" };
        var clips = new Option<int?>("--clips") { Description = "Clips for each rater (default: as many as make 40 pages)." };
        var raters = new Option<int>("--raters") { Description = "Personal links.", DefaultValueFactory = _ => defaults.Raters };
        var checks = new Option<int>("--checks") { Description = "Pages for each rater that say what to choose; who fails them is left out.", DefaultValueFactory = _ => defaults.Checks };
        var repeats = new Option<int>("--repeats") { Description = "Pages that each rater sees twice.", DefaultValueFactory = _ => defaults.Repeats };
        var seed = new Option<int>("--seed") { Description = "Same seed, same assignment.", DefaultValueFactory = _ => defaults.Seed };
        var title = new Option<string>("--title") { Description = "What raters read first.", DefaultValueFactory = _ => defaults.Title };
        var output = new Option<string>("--out") { Description = "Folder to make.", DefaultValueFactory = _ => "out/study" };
        var command = new Command("create", "Make a study: videos encoded alike, order and links drawn.") { videos, bench, design, clips, raters, checks, repeats, seed, title, output };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var models = parsed.GetValue(videos)!.Select(text => text.Split('=', 2) is [{ Length: > 0 } name, { Length: > 0 } folder]
                ? new StudyModel(name, folder)
                : throw new InputException($"--videos {text}: give NAME=FOLDER")).ToArray();
            var options = new StudyOptions
            {
                Design = parsed.GetValue(design) switch
                {
                    "scale" => StudyDesign.Scale,
                    "pairs" => StudyDesign.Pairs,
                    var other => throw new InputException($"--design {other}: unknown (known: scale, pairs)"),
                },
                Clips = parsed.GetValue(clips),
                Raters = parsed.GetValue(raters),
                Checks = parsed.GetValue(checks),
                Repeats = parsed.GetValue(repeats),
                Seed = parsed.GetValue(seed),
                Title = parsed.GetValue(title)!,
            };
            string study = parsed.GetValue(output)!;
            ConsoleProgress? progress = null;
            StudyMade made;
            try
            {
                made = StudyBuilder.Create(models, parsed.GetValue(bench), study, options, (done, all) => (progress ??= new ConsoleProgress("encode", all, "clips")).Report(done), cancel);
            }
            finally
            {
                progress?.Dispose();
            }
            Console.Error.WriteLine($"{made.Clips} clips by {models.Length} models, {options.Raters} raters with {made.TrialsPerRater} pages each; asked for: {string.Join(", ", made.Axes.Select(a => a.Name))}");
            Console.Error.WriteLine($"next: anisora study serve {study}; the links are in {StudyFolder.Links(study)}");
            Console.WriteLine(study);
            return Failures(made.Problems, "left out");
        }, cancel));
        return command;
    }

    private static Command Serve()
    {
        var study = Study();
        var port = new Option<int>("--port") { Description = "Port to listen at; 0 for any.", DefaultValueFactory = _ => 8080 };
        var listen = new Option<string>("--listen") { Description = "Address to listen at. Others reach this machine at 0.0.0.0 only; put a proxy with TLS before it (docs/study.md).", DefaultValueFactory = _ => "127.0.0.1" };
        var command = new Command("serve", "Serve a study to its raters until Ctrl-C.") { study, port, listen };
        command.SetAction(async (parsed, cancel) =>
        {
            if (!IPAddress.TryParse(parsed.GetValue(listen), out var address))
                throw new InputException($"--listen {parsed.GetValue(listen)}: is no address; use 127.0.0.1 for this machine only, 0.0.0.0 for all networks");
            if (parsed.GetValue(port) is < 0 or > 65535)
                throw new InputException($"--port {parsed.GetValue(port)}: use 0 to 65535");
            await using var server = await StudyServer.StartAsync(parsed.GetValue(study)!, address, parsed.GetValue(port), line => Console.Error.WriteLine($"warning: {line}"), cancel);
            Console.WriteLine(server.Address);
            Console.Error.WriteLine($"personal links: this address and what stands in {StudyFolder.Links(parsed.GetValue(study)!)}; Ctrl-C stops, nothing is lost");
            try
            {
                await Task.Delay(Timeout.Infinite, cancel);
            }
            catch (OperationCanceledException)
            {
                // How serving ends.
            }
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Status()
    {
        var study = Study();
        var command = new Command("status", "Show how far the raters are, and nothing that would unblind.") { study };
        command.SetAction(parsed =>
        {
            var status = StudyStatus.Read(parsed.GetValue(study)!);
            var table = new Table { Border = TableBorder.None }.AddColumn("[bold]rater[/]").AddColumn("[bold]pages[/]").AddColumn("[bold]last answer[/]");
            foreach (var rater in status.Raters)
                table.AddRow(rater.Rater, $"{rater.Answered} of {rater.Total}", rater.Last?.ToString("u") ?? "–");
            int finished = status.Raters.Count(r => r.Answered == r.Total), begun = status.Raters.Count(r => r.Answered > 0);
            Console.WriteLine($"{status.Title}: {(status.Closed is { } closed ? $"closed {closed:u}" : "open")}; {finished} of {status.Raters.Count} raters finished, {begun} have begun");
            TableOutput.Write(Console.Out, terminal: !Console.IsOutputRedirected, console => console.Write(table));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Import()
    {
        var study = Study();
        var file = new Argument<string>("ratings") { Description = "Table of answers as `study report` writes it (.csv)." };
        var command = new Command("import", "Take answers that were given to another copy of this study.") { study, file };
        command.SetAction(parsed =>
        {
            var (added, problems) = RatingImport.Run(parsed.GetValue(study)!, parsed.GetValue(file)!);
            Console.WriteLine($"{added} pages added");
            return Failures(problems, "not taken");
        });
        return command;
    }

    private static Command Close()
    {
        var study = Study();
        var command = new Command("close", "End a study for good: no answer is taken any more, and its report may name the models.") { study };
        command.SetAction(parsed =>
        {
            StudyStatus.Close(parsed.GetValue(study)!);
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Report()
    {
        var study = Study();
        var output = new Option<string>("--out") { Description = "Page to write; the answers go beside it as .csv and .parquet.", DefaultValueFactory = _ => "out/study.html" };
        var command = new Command("report", "Write a closed study's results as a page, with all answers.") { study, output };
        command.SetAction(parsed =>
        {
            StudyReport.Write(parsed.GetValue(study)!, parsed.GetValue(output)!);
            Console.WriteLine(parsed.GetValue(output));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Argument<string> Study() => new("study") { Description = "Folder that `study create` made." };

    private static int Failures(IReadOnlyList<string> problems, string what)
    {
        foreach (string problem in problems)
            Console.Error.WriteLine($"{what}: {problem}");
        return problems.Count > 0 ? ExitCode.Failed : ExitCode.Ok;
    }
}
