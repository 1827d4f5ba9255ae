#!/usr/bin/env -S dotnet run
#:project ../src/AniSora.Data/AniSora.Data.csproj

// Makes the demo dataset: dotnet run data-scripts/prepare-demo.cs -- --out data/demo [--cache FOLDER] [--force]
// The same as `anisora data prepare demo`; progress goes to stderr, the dataset's folder to stdout.

using AniSora;
using AniSora.Data;

string? folder = null, cache = null;
bool force = false;
for (int i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--out" when i + 1 < args.Length:
            folder = args[++i];
            break;
        case "--cache" when i + 1 < args.Length:
            cache = args[++i];
            break;
        case "--force":
            force = true;
            break;
        default:
            Console.Error.WriteLine($"error: unknown or incomplete option {args[i]}; usage: prepare-demo.cs [--out FOLDER] [--cache FOLDER] [--force]");
            return 2;
    }
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};
try
{
    var result = await DemoDataset.PrepareAsync(folder, cache, new StageLines(), stop.Token, force);
    string clips = string.Join(", ", result.Clips.Select(c => $"{c.Value} {c.Key}"));
    Console.Error.WriteLine($"{(result.Built ? "made" : "already there")}: {result.Sequences} sequences, clips: {clips}, {result.Bytes / 1e6:F1} MB");
    Console.WriteLine(result.Folder);
    return 0;
}
catch (InputException e)
{
    Console.Error.WriteLine($"error: {e.Message}");
    return 2;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("stopped; what is done stays done");
    return 130;
}

// One line per stage: readable in a log file too. Called from several threads.
file sealed class StageLines : IProgress<PrepareProgress>
{
    private readonly Lock _lock = new();
    private string _stage = "";

    public void Report(PrepareProgress value)
    {
        lock (_lock)
        {
            if (value.Stage == _stage)
                return;
            _stage = value.Stage;
            Console.Error.WriteLine($"{value.Fraction,4:P0}  {value.Stage}");
        }
    }
}
