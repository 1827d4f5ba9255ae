namespace AniSora.Cli.Hosting;

/// <summary>Where the repository lies, whatever folder the command was started in.</summary>
internal static class RepositoryFolder
{
    private const string Landmark = "AniSora.sln";
    private const string Model = "models/anisora-demo";

    /// <summary>
    /// The folder that holds <c>AniSora.sln</c>: <c>ANISORA_ROOT</c> (set by <c>./anisora</c>) if that is one, else the nearest
    /// above the program, else the nearest above the current folder; null outside any checkout.
    /// </summary>
    public static string? Find()
    {
        var named = Environment.GetEnvironmentVariable("ANISORA_ROOT");
        if (named is { Length: > 0 } && File.Exists(Path.Combine(named, Landmark)))
            return Path.GetFullPath(named);
        return Above(AppContext.BaseDirectory) ?? Above(Environment.CurrentDirectory);
    }

    /// <summary>The folder of the shipped model: below the current folder, else in the repository.</summary>
    public static string ShippedModel() => !Directory.Exists(Model) && Find() is { } repository ? Path.Combine(repository, Model) : Model;

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
