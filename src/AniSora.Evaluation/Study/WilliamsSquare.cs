namespace AniSora.Evaluation.Study;

/// <summary>
/// Orders of n treatments that balance what comes when and what comes after what (Williams 1949): over all rows each treatment stands equally
/// often in each place, and each follows each other one equally often.
/// </summary>
internal static class WilliamsSquare
{
    /// <summary>The rows: n of them, or 2n where n is odd and one square cannot balance both.</summary>
    /// <param name="n">Treatments, from 1.</param>
    public static int[][] Rows(int n)
    {
        // 0, 1, n-1, 2, n-2, …: neighbours differ by every distance once; the other rows are shifts of it.
        int[] zigzag = [.. Enumerable.Range(0, n).Select(i => i % 2 == 1 ? (i + 1) / 2 : (n - i / 2) % n)];
        int[][] square = [.. Enumerable.Range(0, n).Select(row => zigzag.Select(t => (t + row) % n).ToArray())];
        return n % 2 == 0 || n == 1 ? square : [.. square, .. square.Select(row => row.Reverse().ToArray())];
    }
}
