using System.Diagnostics;

namespace AniSora.Onnx.Tests.Export;

/// <summary>The checker of the ONNX project, in one Python process for all files of a test run.</summary>
internal static class ReferenceChecker
{
    private const string Program = """
        import sys, onnx
        for line in sys.stdin:
            try:
                onnx.checker.check_model(line[:-1], full_check=True)
                print('good', flush=True)
            except Exception as e:
                print(' | '.join(str(e).split('\n')), flush=True)
        """;

    private static readonly HashSet<string> Seen = [];
    private static readonly Lazy<Process> Python = new(() => Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", Program]) { RedirectStandardInput = true, RedirectStandardOutput = true })!);

    /// <summary>Requires that a file is right: names, types, attributes, and shapes that follow from each other. Each file is looked at once.</summary>
    public static void Check(string path)
    {
        string? said;
        lock (Seen)
        {
            if (!Seen.Add(path))
                return;
            Python.Value.StandardInput.WriteLine(path);
            Python.Value.StandardInput.Flush();
            said = Python.Value.StandardOutput.ReadLine();
        }
        Assert.True(said == "good", $"{path}: {said ?? "the checker ended: is python3-onnx installed?"}");
    }
}
