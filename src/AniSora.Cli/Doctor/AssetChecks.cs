using System.Globalization;
using AniSora.Cli.Hosting;
using AniSora.Data;
using AniSora.Models.Checkpoints;

namespace AniSora.Cli.Doctor;

/// <summary>The shipped model and the clips of the demo.</summary>
internal static class AssetChecks
{
    private const string Area = "model and clips";

    /// <summary>Runs the checks.</summary>
    public static IEnumerable<Check> Run()
    {
        yield return Model();
        yield return Clips();
    }

    // Where the commands look, and what they will read: a Git LFS pointer or half a model is none.
    private static Check Model()
    {
        const string name = "anisora-demo";
        string folder = RepositoryFolder.ShippedModel();
        try
        {
            long bytes = 0;
            foreach (string part in (string[])[ModelFolder.CaptionEncoder, ModelFolder.Transformer, ModelFolder.Vae])
            {
                using var weights = SafeTensorsFile.Open(Path.Combine(folder, part, ModelFolder.WeightsFileName));
                bytes += new FileInfo(weights.FilePath).Length;
            }
            return new Check(Area, name, CheckState.Ok, string.Create(CultureInfo.InvariantCulture, $"{folder}: caption encoder, transformer and VAE ({bytes / 1e6:0.0} MB)"));
        }
        catch (InputException e)
        {
            return new Check(Area, name, CheckState.Missing, e.Message, "run ./anisora inside a checkout; there: git checkout -- models   (or train it: runs/anisora-demo.sh)");
        }
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
