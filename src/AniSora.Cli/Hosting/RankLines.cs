using System.Globalization;
using System.Text;
using AniSora.Training.Distributed;

namespace AniSora.Cli.Hosting;

/// <summary>
/// What a process other than the first prints: whole lines that begin with its number, so that those of several can be told apart on one
/// standard error.
/// </summary>
internal sealed class RankLines(int rank, TextWriter output) : TextWriter(CultureInfo.InvariantCulture)
{
    private readonly StringBuilder _line = new();

    /// <inheritdoc/>
    public override Encoding Encoding => output.Encoding;

    /// <summary>Uses it if <c>anisora launch</c> has started this process, and another one too.</summary>
    public static void Install()
    {
        if (Environment.GetEnvironmentVariable(LaunchEnvironment.LauncherVariable) is not { Length: > 0 }
            || !int.TryParse(Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_RANK"), NumberStyles.None, CultureInfo.InvariantCulture, out int rank) || rank == 0)
            return;
        var lines = TextWriter.Synchronized(new RankLines(rank, Console.Error));
        Console.SetError(lines);
        Console.SetOut(lines);
    }

    /// <inheritdoc/>
    public override void Write(char value)
    {
        if (value != '\n')
        {
            _line.Append(value);
            return;
        }
        string line = _line.ToString().TrimEnd('\r');
        _line.Clear();
        if (line.Length > 0)
            output.Write(string.Create(CultureInfo.InvariantCulture, $"[rank {rank}] {line}\n"));
    }
}
