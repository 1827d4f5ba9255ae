using System.CommandLine;
using AniSora.Cli.Hosting;
using AniSora.Models.Runtime;
using AniSora.Training.Distributed;
using AniSora.Training.Parity;
using Spectre.Console;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora parity DIR</c>: compares the models, schedules and samplers with a reference implementation's numbers.</summary>
internal static class ParityCommand
{
    /// <summary>Makes the command.</summary>
    /// <returns>Exits with 0 if all errors are within the tolerance and 1 if not.</returns>
    public static Command Create()
    {
        var folder = new Argument<string>("dir") { Description = "Folder laid out like tests/fixtures: configurations and safetensors files of the reference." };
        var tolerance = new Option<double>("--tolerance")
        {
            Description = "Largest relative error (max |a - b| / max |b|) that passes.",
            DefaultValueFactory = _ => ParityCheck.Tolerance,
        };
        var device = DeviceOption.Create();
        var command = new Command("parity", "Compare the models with a reference implementation's numbers.") { folder, tolerance, device };
        command.SetAction(parsed => Run(parsed.GetValue(folder)!, parsed.GetValue(tolerance), parsed.GetValue(device)!));
        return command;
    }

    private static int Run(string folder, double tolerance, string device)
    {
        if (!(tolerance > 0))
            throw new InputException($"--tolerance {tolerance}: give a positive number such as 1e-4");
        var results = ParityCheck.Run(folder, tolerance, Devices.Choose(device, LaunchEnvironment.Alone)).ToList();
        var table = new Table().Border(TableBorder.Simple).AddColumns("compared", "max absolute", "max relative", "verdict");
        table.Columns[1].RightAligned();
        table.Columns[2].RightAligned();
        foreach (var r in results)
            table.AddRow(Markup.Escape(r.Name), $"{r.MaxAbsolute:0.0e+00}", $"{r.MaxRelative:0.0e+00}", r.Pass ? "[green]ok[/]" : "[red]differs[/]");
        AnsiConsole.Write(table);

        var failed = results.Count(r => !r.Pass);
        var worst = results.MaxBy(r => r.MaxRelative)!;
        AnsiConsole.WriteLine(failed == 0
            ? $"parity: all {results.Count} comparisons agree within {tolerance:0.#e+00} (largest error {worst.MaxRelative:0.0e+00}, {worst.Name})"
            : $"parity: {failed} of {results.Count} comparisons differ by more than {tolerance:0.#e+00} (largest error {worst.MaxRelative:0.0e+00}, {worst.Name})");
        return failed == 0 ? 0 : 1;
    }
}
