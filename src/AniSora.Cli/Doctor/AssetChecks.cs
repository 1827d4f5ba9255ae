using System.Globalization;
using AniSora.Data;

namespace AniSora.Cli.Doctor;

/// <summary>The shipped model and the clips of the demo.</summary>
/// <param name="repository">The repository folder, or null outside a checkout.</param>
internal sealed class AssetChecks(string? repository)
{
    private const string Area = "model and clips";

    /// <summary>Runs the checks.</summary>
    public IEnumerable<Check> Run()
    {
        yield return Model();
        yield return Clips();
    }

    private Check Model()
    {
        const string name = "anisora-demo", place = "models/anisora-demo";
        if (repository is null)
            return new Check(Area, name, CheckState.Missing, "not in a checkout of the repository", "run ./anisora inside the checkout, or set ANISORA_ROOT");
        var folder = new DirectoryInfo(Path.Combine(repository, place));
        var files = folder.Exists ? folder.GetFiles("*.safetensors", SearchOption.AllDirectories) : [];
        if (files.Length == 0)
            return new Check(Area, name, CheckState.Missing, $"no weights in {place}", $"git checkout -- {place}   (or train it: runs/anisora-demo.sh)");
        var megabytes = files.Sum(file => file.Length) / 1e6;
        return new Check(Area, name, CheckState.Ok,
            string.Create(CultureInfo.InvariantCulture, $"{place}: {string.Join(", ", files.Select(file => file.Name).Order(StringComparer.Ordinal))} ({megabytes:0.0} MB)"));
    }

    private static Check Clips()
    {
        const string name = "demo clips";
        // The commands look in the current folder as well.
        var index = Path.Combine(DemoDataset.DefaultFolder, ClipIndex.FileName);
        return File.Exists(index)
            ? new Check(Area, name, CheckState.Ok, $"{DemoDataset.DefaultFolder}: {ClipIndex.FileName} and frame shards")
            : new Check(Area, name, CheckState.Note, $"not prepared yet: {Path.GetFullPath(index)} is not there", "./anisora data prepare demo");
    }
}
