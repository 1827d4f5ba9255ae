using ILGPU;

namespace AniSora.Kernels.Gpu;

/// <summary>Bytes that lie four to a word, the first lowest.</summary>
internal static class Words
{
    /// <summary>Words that hold so many bytes.</summary>
    public static int For(int bytes) => (int)((bytes + 3L) / 4);

    /// <summary>A byte.</summary>
    public static uint At(ArrayView<uint> words, int index) => (words[index >> 2] >> (8 * (index & 3))) & 255;
}
