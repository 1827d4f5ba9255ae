using System.Security.Cryptography;
using System.Text;

namespace AniSora.Evaluation.Study;

/// <summary>Videos by one model.</summary>
/// <param name="Name">As the report will have it.</param>
/// <param name="Folder">Where they lie.</param>
public sealed record StudyModel(string Name, string Folder);

/// <summary>What was made.</summary>
/// <param name="Clips">Clips in the study.</param>
/// <param name="TrialsPerRater">Pages for each rater, checks and repeats with them.</param>
/// <param name="Axes">What is asked.</param>
/// <param name="Problems">Clips that were left out, with reason.</param>
public sealed record StudyMade(int Clips, int TrialsPerRater, IReadOnlyList<StudyAxis> Axes, IReadOnlyList<string> Problems);

/// <summary>Makes a study from folders of videos.</summary>
public static class StudyBuilder
{
    /// <summary>Re-encodes the videos under random names, draws the plan and the links. The folder takes its name when it is whole.</summary>
    /// <param name="models">At least one for a scale, two for pairs; names differ.</param>
    /// <param name="bench">A benchmark with prompts and given pictures, or null.</param>
    /// <param name="study">The folder to make.</param>
    /// <param name="options">The design.</param>
    /// <param name="progress">Hears how many clips of how many are ready.</param>
    /// <param name="cancellation">Stops it; nothing is left.</param>
    /// <exception cref="InputException">Nothing can be compared, or the study cannot be written. Clips that cannot be shown are left out and named instead.</exception>
    public static StudyMade Create(
        IReadOnlyList<StudyModel> models, string? bench, string study, StudyOptions options, Action<int, int>? progress = null, CancellationToken cancellation = default)
    {
        options.Validate(models.Count);
        if (models.GroupBy(m => m.Name).FirstOrDefault(g => g.Count() > 1 || g.Key.Length == 0) is { } bad)
            throw new InputException($"--videos {bad.Key}={bad.First().Folder}: give each model a name of its own");
        if (Path.Exists(study))
            throw new InputException($"{study}: exists; choose another folder, or remove the study");
        var material = new StudyMaterial(bench);
        var folders = models.Select(m => VideoFolder.Open(m.Folder)).ToArray();
        var videos = folders.Select(f => f.Videos).ToArray();
        List<string> problems = [.. folders.SelectMany(f => f.Problems.Select(p => p.What)), .. Missing(models, videos)];
        string part = Path.TrimEndingDirectorySeparator(Path.GetFullPath(study)) + ".part";
        try
        {
            DeleteFolder(part);
            Directory.CreateDirectory(StudyFolder.Media(part));
            string[] ids = [.. videos[0].Keys.Where(id => videos.All(v => v.ContainsKey(id))).Order(StringComparer.Ordinal)];
            new Random(options.Seed).Shuffle(ids);
            int wanted = (int)Math.Min(ids.Length, (long)options.Raters * options.ClipsPerRater(models.Count));
            var clips = new List<StudyClip>();
            foreach (string id in ids.TakeWhile(_ => clips.Count < wanted))
            {
                try
                {
                    clips.Add(Write(id, [.. videos.Select(v => v[id])], material, StudyFolder.Media(part), cancellation));
                    progress?.Invoke(clips.Count, wanted);
                }
                catch (InputException e)
                {
                    problems.Add(e.Message);
                }
            }
            if (clips.Count == 0)
                throw new InputException($"no clip can be shown: {problems[0]}");
            var plan = StudyPlan.Draw(clips.Count, models.Count, options);
            Finish(part, models, material.Axes, clips, plan, options);
            Directory.Move(part, study);
            return new(clips.Count, plan[0].Count, material.Axes, problems);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{study}: not written: {e.Message}", e);
        }
        finally
        {
            DeleteFolder(part);
        }
    }

    private static IEnumerable<string> Missing(IReadOnlyList<StudyModel> models, IReadOnlyDictionary<string, string>[] videos) =>
        from id in videos.SelectMany(v => v.Keys).Distinct().Order(StringComparer.Ordinal)
        from m in Enumerable.Range(0, models.Count)
        where !videos[m].ContainsKey(id)
        select $"{models[m].Folder}: has no video of clip \"{id}\"; add it, or remove the others' videos of that clip";

    private static StudyClip Write(string id, IReadOnlyList<string> sources, StudyMaterial material, string media, CancellationToken cancellation)
    {
        string? prompt = material.PromptOf(id), image = RandomName(".png");
        if (!material.WriteImage(id, Path.Combine(media, image)))
            image = null;
        string[] names = [.. sources.Select(_ => RandomName(".mp4"))];
        try
        {
            // One date for all: when a file was written tells which model's it is.
            StudyVideos.Write(sources, [.. names.Select(name => Path.Combine(media, name))], DateTimeOffset.UnixEpoch.AddYears(50), cancellation);
        }
        catch
        {
            foreach (string? name in names.Append(image).Where(name => name is not null))
                File.Delete(Path.Combine(media, name!));
            throw;
        }
        return new(id, prompt, image, names);
    }

    private static void Finish(string part, IReadOnlyList<StudyModel> models, IReadOnlyList<StudyAxis> axes, IReadOnlyList<StudyClip> clips, IReadOnlyList<IReadOnlyList<PlannedTrial>> plan, StudyOptions options)
    {
        string digits = new('0', plan.Count.ToString(System.Globalization.CultureInfo.InvariantCulture).Length);
        var links = new StringBuilder("rater,link\n");
        var raters = plan.Select((trials, i) =>
        {
            string token = RandomName(""), name = "rater-" + (i + 1).ToString(digits, System.Globalization.CultureInfo.InvariantCulture);
            links.Append(name).Append(",/r/").Append(token).Append('\n');
            return new StudyRater(name, DigestOf(token), trials);
        }).ToArray();
        StudyDatabase.Create(part, options, axes, RandomNumberGenerator.GetBytes(32), [.. models.Select(m => m.Name)], clips, raters);
        AtomicFile.WriteText(StudyFolder.Links(part), links.ToString());
        if (!OperatingSystem.IsWindows())
        {
            foreach (string file in (string[])[StudyFolder.Links(part), StudyFolder.Database(part)])
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    /// <summary>What stands for a link's token in the database: whoever reads that cannot answer in a rater's name.</summary>
    internal static byte[] DigestOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>128 random bits.</summary>
    private static string RandomName(string ending) => RandomNumberGenerator.GetHexString(32, lowercase: true) + ending;

    private static void DeleteFolder(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
