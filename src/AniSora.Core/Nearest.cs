namespace AniSora;

/// <summary>Finds the known name that a mistyped one most likely meant, for error messages.</summary>
public static class Nearest
{
    /// <summary>The candidate with the smallest edit distance to <paramref name="name"/>, or an empty string when there is none.</summary>
    public static string To(string name, IEnumerable<string> candidates) => To(name, candidates, 1).FirstOrDefault("");

    /// <summary>The candidates nearest to <paramref name="name"/>, best first.</summary>
    /// <param name="name">What was typed.</param>
    /// <param name="candidates">What is known.</param>
    /// <param name="count">How many at most.</param>
    public static IEnumerable<string> To(string name, IEnumerable<string> candidates, int count) =>
        candidates.OrderBy(c => Distance(name, c)).ThenBy(c => c, StringComparer.Ordinal).Take(count);

    /// <summary>Edit distance (Levenshtein): letters to insert, delete or replace.</summary>
    public static int Distance(string a, string b)
    {
        // One row of the table at a time.
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int cost = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                (diagonal, row[j]) = (row[j], cost);
            }
        }
        return row[^1];
    }
}
