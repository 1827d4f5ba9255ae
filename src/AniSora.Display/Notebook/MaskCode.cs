using System.Globalization;

namespace AniSora.Display.Notebook;

/// <summary>
/// Painted masks as text: <c>64x48x17 0:… 8:…</c> is width, height and frames, then each key frame with its mask as lengths of
/// runs, zeros first, as varints in base64. The same as Assets/painter-mask.js.
/// </summary>
internal static class MaskCode
{
    /// <summary>One mask; every value but 0 is painted.</summary>
    public static string Encode(ReadOnlySpan<byte> mask)
    {
        var bytes = new List<byte>();
        bool painted = false;
        for (int at = 0; at < mask.Length; painted = !painted)
        {
            int run = 0;
            for (; at < mask.Length && (mask[at] != 0) == painted; at++)
                run++;
            for (; run > 127; run >>= 7)
                bytes.Add((byte)((run & 127) | 128));
            bytes.Add((byte)run);
        }
        return Convert.ToBase64String(bytes.ToArray());
    }

    /// <summary>The mask of a text, values 0 and 1.</summary>
    /// <exception cref="FormatException">It is no mask of this length.</exception>
    public static byte[] Decode(string text, int length)
    {
        var mask = new byte[length];
        long at = 0, run = 0;
        int shift = 0;
        byte value = 0;
        foreach (byte b in Convert.FromBase64String(text))
        {
            if (shift > 28)
                throw new FormatException("a run of the mask is too long");
            run |= (long)(b & 127) << shift;
            if ((b & 128) != 0)
            {
                shift += 7;
                continue;
            }
            if (at + run > length)
                throw new FormatException($"the mask has more than {length} values");
            mask.AsSpan((int)at, (int)run).Fill(value);
            at += run;
            value ^= 1;
            (run, shift) = (0, 0);
        }
        if (at != length || shift != 0)
            throw new FormatException($"the mask has {at} values instead of {length}");
        return mask;
    }

    /// <summary>All key frames of a painter.</summary>
    public static string Encode(IReadOnlyDictionary<int, byte[]> keys, int frames, int height, int width) =>
        string.Create(CultureInfo.InvariantCulture, $"{width}x{height}x{frames}")
        + string.Concat(keys.OrderBy(k => k.Key).Select(k => string.Create(CultureInfo.InvariantCulture, $" {k.Key}:{Encode(k.Value)}")));

    /// <summary>The key frames of a text, whose sizes must be these.</summary>
    /// <exception cref="FormatException">It is none, or one of another size.</exception>
    public static SortedDictionary<int, byte[]> Decode(string code, int frames, int height, int width)
    {
        string[] parts = code.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        string size = string.Create(CultureInfo.InvariantCulture, $"{width}x{height}x{frames}");
        if (parts.Length == 0 || parts[0] != size)
            throw new FormatException($"the mask's code begins with \"{(parts.Length == 0 ? "" : parts[0])}\"; this painter is {size} (width, height, frames): copy the code of a painter of this size");
        var keys = new SortedDictionary<int, byte[]>();
        foreach (string part in parts.Skip(1))
        {
            int colon = part.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || !int.TryParse(part.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out int frame) || frame >= frames)
                throw new FormatException($"the mask's code has \"{(part.Length > 20 ? part[..20] + "…" : part)}\", which is no key frame from 0 to {frames - 1}: copy the whole code");
            keys[frame] = Decode(part[(colon + 1)..], height * width);
        }
        return keys;
    }
}
