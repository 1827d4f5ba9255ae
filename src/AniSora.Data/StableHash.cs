using System.Text;

namespace AniSora.Data;

/// <summary>A hash of text that is the same on every machine and in every process, unlike <see cref="string.GetHashCode()"/>: for seeds.</summary>
public static class StableHash
{
    /// <summary>FNV-1a of the UTF-8 bytes.</summary>
    public static ulong Of(string text)
    {
        ulong hash = 14695981039346656037;
        foreach (byte value in Encoding.UTF8.GetBytes(text))
            hash = (hash ^ value) * 1099511628211;
        return hash;
    }
}
