namespace AniSora.Jupyter.Assistance;

/// <summary>Jupyter counts a cursor in characters of Unicode, .NET in UTF-16: an emoji before the cursor moves them apart.</summary>
internal static class TextPositions
{
    /// <summary>Position in .NET's text of a position in Jupyter's, clamped to the text.</summary>
    public static int ToUtf16(string text, int position)
    {
        int index = 0;
        for (int i = 0; i < position && index < text.Length; i++)
            index += char.IsSurrogatePair(text, index) ? 2 : 1;
        return index;
    }

    /// <summary>Position in Jupyter's text of a position in .NET's.</summary>
    public static int FromUtf16(string text, int index)
    {
        int position = 0;
        for (int i = 0; i < index; position++)
            i += char.IsSurrogatePair(text, i) ? 2 : 1;
        return position;
    }
}
