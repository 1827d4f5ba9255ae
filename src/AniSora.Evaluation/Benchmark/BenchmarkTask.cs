using AniSora.Models.Conditioning;
using AniSora.Models.Sampling;

namespace AniSora.Evaluation.Benchmark;

/// <summary>The tasks of a benchmark, by the names that commands and files have for them, and what each gives to a model.</summary>
public static class BenchmarkTask
{
    private static readonly Dictionary<string, GuideTask> _tasks = new(StringComparer.Ordinal)
    {
        ["first"] = GuideTask.First,
        ["first-last"] = GuideTask.FirstLast,
        ["first-middle-last"] = GuideTask.FirstMiddleLast,
        ["mask"] = GuideTask.Region,
    };

    /// <summary>The names.</summary>
    public static IEnumerable<string> Names => _tasks.Keys;

    /// <summary>The task of a name.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public static GuideTask Parse(string name) => _tasks.TryGetValue(name, out var task) ? task : throw new InputException($"--task {name}: use {string.Join(", ", Names)}");

    /// <summary>The name of a task.</summary>
    public static string NameOf(GuideTask task) => _tasks.First(t => t.Value == task).Key;

    /// <summary>What a task gives of a clip, from the benchmark's pictures; the real clip is not looked at.</summary>
    /// <param name="bench">The benchmark.</param>
    /// <param name="clip">A clip of it; with a motion mask where the task is <see cref="GuideTask.Region"/>.</param>
    /// <param name="task">The task.</param>
    /// <param name="size">T, H and W of the video wanted.</param>
    /// <exception cref="InputException">A picture is missing or damaged.</exception>
    public static Guide GuideOf(BenchmarkFolder bench, BenchmarkClip clip, GuideTask task, (int T, int H, int W) size)
    {
        byte[] Image(KeyFrame which) => bench.ReadImage(clip, which, size.H, size.W);
        if (task == GuideTask.Region)
            return Guide.FromRegion(Image(KeyFrame.First), bench.ReadMask(clip, size.H, size.W), clip.Prompt, size.T, size.H, size.W);
        KeyFrame[] which = task switch
        {
            GuideTask.First => [KeyFrame.First],
            GuideTask.FirstLast => [KeyFrame.First, KeyFrame.Last],
            _ => [KeyFrame.First, KeyFrame.Middle, KeyFrame.Last],
        };
        var given = GuideTasks.KeyFrames(task, size.T).Zip(which).ToDictionary(k => k.First, k => Image(k.Second));
        return Guide.FromKeyFrames(given, clip.Prompt, size.T, size.H, size.W);
    }
}
