using System.Globalization;
using System.Text.RegularExpressions;

namespace AniSora.Display.Notebook;

/// <summary>Whether somebody trains in a run's folder. Only looks: taking the run's lock, even for a moment, could stop a run from starting.</summary>
internal static partial class RunWriter
{
    /// <summary>Whether the process that <c>.writer</c> names holds <c>.lock</c>; null when that cannot be seen from here (another host, another user, not Linux).</summary>
    public static bool? IsThere(string runFolder)
    {
        string text;
        try
        {
            text = File.ReadAllText(Path.Combine(runFolder, ".writer"));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        var match = Writer().Match(text);
        if (!match.Success || match.Groups[2].Value != Environment.MachineName || !OperatingSystem.IsLinux())
            return null;
        string files = $"/proc/{int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)}/fd", target = Path.Combine(Path.GetFullPath(runFolder), ".lock");
        try
        {
            return Directory.Exists(files) && Directory.EnumerateFileSystemEntries(files).Any(file => Leads(file, target));
        }
        catch (DirectoryNotFoundException)
        {
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool Leads(string file, string target)
    {
        try
        {
            return File.ResolveLinkTarget(file, returnFinalTarget: false)?.FullName == target;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // closed meanwhile
        }
    }

    [GeneratedRegex(@"^process (\d{1,9}) on (\S+)")]
    private static partial Regex Writer();
}
