using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace AniSora.Models.Runtime;

/// <summary>
/// Makes TorchSharp's native library loadable on systems whose libstdc++ is older than the compiler that built it (Debian 12).
/// </summary>
/// <remarks>
/// <c>libLibTorchSharp.so</c> 0.107 was built by GCC 13, whose <c>&lt;iostream&gt;</c> leaves a reference to
/// <see cref="Symbol"/> of version <see cref="Version"/>, which nothing ever calls. In a copy of the library the reference and the
/// version it wants are marked as weak, so that the loader does without them. The original, which is a hard link into the NuGet
/// cache, is never written to.
/// </remarks>
internal static class LibStdCxxMend
{
    /// <summary>The version of libstdc++'s symbols that GCC 13 brought.</summary>
    public const string Version = "GLIBCXX_3.4.32";

    private const string Symbol = "_ZSt21ios_base_library_initv";
    private const string ReportIt = "report this with the line above, the system's name and its libstdc++";

    /// <summary>Whether this system's libstdc++ lacks what the library wants.</summary>
    /// <param name="libStdCxx">The path of libstdc++.so.6, links followed.</param>
    public static bool IsNeeded(string libStdCxx) => File.ReadAllBytes(libStdCxx).AsSpan().IndexOf(Encoding.ASCII.GetBytes(Version + '\0')) < 0;

    /// <summary>The mended copy of a library, made if it is not there yet.</summary>
    /// <param name="library">TorchSharp's native library, which is only read.</param>
    /// <param name="cache">A folder of ours, made if need be. Several processes may do so at once.</param>
    /// <returns>The copy's path.</returns>
    /// <exception cref="InputException">The library is not what this mend is made for, or the folder cannot be written.</exception>
    public static string Copy(string library, string cache)
    {
        byte[] bytes = File.ReadAllBytes(library);
        string folder = Path.Combine(cache, "torchsharp-" + Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]);
        string copy = Path.Combine(folder, Path.GetFileName(library));
        if (File.Exists(copy))
            return copy;
        Apply(bytes, library);
        try
        {
            Directory.CreateDirectory(folder);
            AtomicFile.Write(copy, stream => stream.Write(bytes));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{copy}: cannot be written ({e.Message}); TorchSharp needs this copy of its library here: make room, or name a writable folder in XDG_CACHE_HOME", e);
        }
        return copy;
    }

    /// <summary>Marks the one symbol and the one version as weak, in place.</summary>
    /// <param name="elf">The library's bytes: ELF, 64 bits, little endian.</param>
    /// <param name="name">Its name, for errors.</param>
    /// <exception cref="InputException">It is no such library, or has not exactly that one symbol and version.</exception>
    internal static void Apply(Span<byte> elf, string name)
    {
        int changes;
        try
        {
            if (!elf.StartsWith("\u007fELF\u0002\u0001"u8))
                throw new InputException($"{name}: is no 64-bit ELF library; restore the NuGet packages again (dotnet restore --force)");
            changes = Weaken(elf);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new InputException($"{name}: is damaged; delete the package torchsharp in the NuGet cache and run dotnet restore", e);
        }
        if (changes != 2)
            throw new InputException($"{name}: wants {Version} in a way that is not known here ({changes} places instead of 2); {ReportIt}");
    }

    // Offsets and sizes as in the ELF-64 specification (System V ABI) and, for versions, the Linux Standard Base.
    private static int Weaken(Span<byte> elf)
    {
        const int headerSize = 64, symbolSize = 24;
        const uint dynamicSymbols = 11, neededVersions = 0x6ffffffe;
        const byte weakBinding = 2 << 4;
        const ushort weakVersion = 2;

        int changes = 0;
        long table = U64(elf, 40);
        int count = U16(elf, 60);
        for (int i = 0; i < count; i++)
        {
            var section = Part(elf, table + i * headerSize, headerSize);
            uint type = U32(section, 4);
            if (type is not (dynamicSymbols or neededVersions))
                continue;
            var (offset, size) = (U64(section, 24), U64(section, 32));
            var names = Part(elf, table + U32(section, 40) * headerSize, headerSize);
            var strings = Part(elf, U64(names, 24), U64(names, 32));
            if (type == dynamicSymbols)
            {
                for (long at = 0; at + symbolSize <= size; at += symbolSize)
                {
                    var symbol = Part(elf, offset + at, symbolSize);
                    if (Is(strings, U32(symbol, 0), Symbol))
                    {
                        symbol[4] = (byte)(weakBinding | symbol[4] & 15);
                        changes++;
                    }
                }
                continue;
            }
            // A list of libraries, each with a list of versions; both are linked by distances.
            for (long library = offset, next = 1; next != 0; library += next)
            {
                next = U32(Part(elf, library, 16), 12);
                long version = library + U32(Part(elf, library, 16), 8);
                for (int left = U16(Part(elf, library, 16), 2); left > 0; left--)
                {
                    var entry = Part(elf, version, 16);
                    if (Is(strings, U32(entry, 8), Version))
                    {
                        BinaryPrimitives.WriteUInt16LittleEndian(entry[4..], (ushort)(U16(entry, 4) | weakVersion));
                        changes++;
                    }
                    version += U32(entry, 12);
                }
            }
        }
        return changes;
    }

    private static Span<byte> Part(Span<byte> bytes, long from, long length) =>
        from < 0 || length < 0 || from > bytes.Length - length ? throw new ArgumentOutOfRangeException(nameof(from)) : bytes.Slice((int)from, (int)length);

    private static bool Is(Span<byte> strings, uint at, string text) =>
        at + text.Length < strings.Length && strings.Slice((int)at, text.Length).SequenceEqual(Encoding.ASCII.GetBytes(text)) && strings[(int)at + text.Length] == 0;

    private static ushort U16(Span<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(Span<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long U64(Span<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
}
