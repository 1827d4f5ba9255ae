using AniSora.Data;

namespace AniSora.Cli.Commands;

/// <summary>Says on standard error which package is being fetched.</summary>
internal sealed class Fetching : IProgress<FetchProgress>
{
    /// <inheritdoc/>
    public void Report(FetchProgress value) => Console.Error.WriteLine(FormattableString.Invariant($"{value.Package}: {value.Step} ({value.Bytes / 1e6:0.0} MB)"));
}
