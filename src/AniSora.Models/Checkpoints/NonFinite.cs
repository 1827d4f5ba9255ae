using System.Numerics;
using System.Runtime.InteropServices;

namespace AniSora.Models.Checkpoints;

/// <summary>Looks for NaN and infinity in stored numbers: those whose exponent is all ones. One pass at memory's speed.</summary>
internal static class NonFinite
{
    /// <summary>The first number that is NaN or infinity; -1 if there is none, or the type has none.</summary>
    /// <param name="bytes">Whole numbers, little-endian.</param>
    /// <param name="dtype">Their type as safetensors spells it.</param>
    public static int FirstIn(ReadOnlySpan<byte> bytes, string dtype) => dtype switch
    {
        "F64" => First(bytes, 0x7FF0_0000_0000_0000UL),
        "F32" or "C64" => First(bytes, 0x7F80_0000U),
        "F16" => First<ushort>(bytes, 0x7C00),
        "BF16" => First<ushort>(bytes, 0x7F80),
        _ => -1,
    };

    private static int First<T>(ReadOnlySpan<byte> bytes, T exponent)
        where T : unmanaged, IBinaryInteger<T>
    {
        var numbers = MemoryMarshal.Cast<byte, T>(bytes);
        var ones = new Vector<T>(exponent);
        int i = 0;
        while (i <= numbers.Length - Vector<T>.Count && !Vector.EqualsAny(new Vector<T>(numbers[i..]) & ones, ones))
            i += Vector<T>.Count;
        for (; i < numbers.Length; i++)
        {
            if ((numbers[i] & exponent) == exponent)
                return i;
        }
        return -1;
    }
}
