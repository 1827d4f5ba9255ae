using AniSora.Display.Notebook;
using AniSora.Models.Runtime;

namespace AniSora.Training.Notebook;

/// <summary>What a notebook does first.</summary>
public static class TrainingNotebook
{
    private const string Landmark = "AniSora.sln";
    private static int s_registered;

    /// <summary>Lets cells make and show tensors, and says where the repository lies. May be called again.</summary>
    /// <returns>The repository's folder: <c>ANISORA_ROOT</c> if that is one, else the nearest above the current folder, else above the program.</returns>
    /// <exception cref="InputException">There is no repository around.</exception>
    public static string Start()
    {
        if (Interlocked.Exchange(ref s_registered, 1) == 0)
            Formatters.Register<Tensor>(TensorForm.Of);
        TorchLibrary.Register();
        string? named = Environment.GetEnvironmentVariable("ANISORA_ROOT");
        if (named is { Length: > 0 } && File.Exists(Path.Combine(named, Landmark)))
            return Path.GetFullPath(named);
        return Above(Environment.CurrentDirectory) ?? Above(AppContext.BaseDirectory)
            ?? throw new InputException($"{Environment.CurrentDirectory}: no {Landmark} here or above; start Jupyter in the repository, or name its folder in ANISORA_ROOT");
    }

    private static string? Above(string folder)
    {
        for (var candidate = new DirectoryInfo(folder); candidate is not null; candidate = candidate.Parent)
        {
            if (File.Exists(Path.Combine(candidate.FullName, Landmark)))
                return candidate.FullName;
        }
        return null;
    }
}
