namespace AniSora.Data;

/// <summary>Where downloads are kept between runs.</summary>
public static class CacheFolder
{
    /// <summary><c>ANISORA_CACHE</c>, else <c>$XDG_CACHE_HOME/anisora</c>, else <c>~/.cache/anisora</c>.</summary>
    public static string Default
    {
        get
        {
            if (Environment.GetEnvironmentVariable("ANISORA_CACHE") is { Length: > 0 } own)
                return Path.GetFullPath(own);
            // The XDG specification ignores relative paths.
            if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg && Path.IsPathRooted(xdg))
                return Path.Combine(xdg, "anisora");
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
            return Path.Combine(home.Length > 0 ? home : Path.GetTempPath(), ".cache", "anisora");
        }
    }
}
