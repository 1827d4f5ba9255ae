using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using AniSora.Cli.Hosting;
using AniSora.Data.Pipeline;
using AniSora.Data.Pipeline.Shots;
using Spectre.Console;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora data shots</c>: the transitions and shots of one film.</summary>
internal static class ShotsCommand
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>Describes the command.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The film: any container that ffmpeg reads." };
        var json = new Option<bool>("--json") { Description = "Print JSON instead of a table." };
        var strip = new Option<string?>("--strip") { Description = "Write a picture of the frames around each transition to this PNG file." };
        var command = new Command("shots", "Find the cuts, dissolves, wipes and fades of a film; frames are counted from 0.") { file, json, strip };
        command.SetAction((parsed, cancel) =>
        {
            Run(parsed.GetValue(file)!, parsed.GetValue(json), parsed.GetValue(strip), cancel);
            return Task.FromResult(ExitCode.Ok);
        });
        return command;
    }

    private static void Run(string file, bool json, string? strip, CancellationToken cancel)
    {
        var probe = FilmProbe.Probe(Path.GetFileName(file), file, cancel);
        if (!probe.Readable)
            throw new InputException($"{file}: {probe.Reason}");
        FilmShots found;
        using (var progress = new ConsoleProgress("shots", probe.Frames, "frames"))
            found = FilmShots.Find(file, probe, new ShotConfig(), done => progress.Report(done), cancel);
        if (found.Problem.Length > 0)
            Console.Error.WriteLine($"warning: {found.Problem}");
        if (strip is not null)
            ShotStrip.Write(strip, file, probe, found, cancel);
        var clock = FilmClock.Read(file, probe, cancel);
        if (json)
            Console.WriteLine(Json(file, probe, clock, found));
        else
            WriteTable(probe, clock, found);
    }

    private static string Json(string file, ProbeRow probe, FilmClock clock, FilmShots found) => JsonSerializer.Serialize(new
    {
        File = file,
        probe.Fps,
        probe.VariableFps,
        found.Frames,
        Transitions = found.Transitions.Select(t => new { t.Kind, t.FirstFrame, t.LastFrame, FirstOwnFrame = clock.OwnFrame(t.FirstFrame), LastOwnFrame = clock.OwnFrame(t.LastFrame), Seconds = Math.Round(clock.Seconds(t.FirstFrame), 3), Confidence = Math.Round(t.Confidence, 3) }),
        Shots = found.Shots.Select(s => new { s.FirstFrame, s.Frames, FirstOwnFrame = clock.OwnFrame(s.FirstFrame), LastOwnFrame = clock.OwnFrame(s.FirstFrame + s.Frames - 1), Seconds = Math.Round(clock.Seconds(s.FirstFrame), 3) }),
    }, s_json);

    private static void WriteTable(ProbeRow probe, FilmClock clock, FilmShots found)
    {
        var table = new Table { Border = TableBorder.Simple };
        // A film of varying rate is read at a steady one: its own frames have other numbers.
        string[] own = probe.VariableFps ? ["own frames"] : [];
        foreach (string title in (string[])["shot", "frames", .. own, "seconds", "begins with", "confidence", "picture"])
            table.AddColumn(title);
        foreach (var (shot, number) in found.Shots.Select((s, i) => (s, i)))
        {
            string begins = shot.Begins is { } t ? t.FirstFrame > t.LastFrame ? t.Kind : $"{t.Kind} {t.FirstFrame}–{t.LastFrame}" : TransitionKind.Start;
            string confidence = shot.Begins?.Confidence.ToString("0.00", CultureInfo.InvariantCulture) ?? "";
            string picture = shot.Picture is { X: 0, Y: 0 } box && box.Width == probe.Width && box.Height == probe.Height ? "" : $"{shot.Picture.Width}×{shot.Picture.Height} at {shot.Picture.X},{shot.Picture.Y}";
            int end = shot.FirstFrame + shot.Frames;
            own = probe.VariableFps ? [$"{clock.OwnFrame(shot.FirstFrame)}–{clock.OwnFrame(end - 1)}"] : [];
            table.AddRow([number.ToString(CultureInfo.InvariantCulture), $"{shot.FirstFrame}–{end - 1}", .. own,
                string.Create(CultureInfo.InvariantCulture, $"{clock.Seconds(shot.FirstFrame):0.00}–{(end == found.Frames ? probe.Seconds : clock.Seconds(end)):0.00}"), begins, confidence, picture]);
        }
        AnsiConsole.Write(table);
        if (found.Transitions is [.., { } last] && last.LastFrame == found.Frames - 1)
            Console.WriteLine($"ends with {last.Kind} {last.FirstFrame}–{last.LastFrame}");
    }
}
