using System.Security.Cryptography;
using AniSora.Data.Duck;

namespace AniSora.Data;

public sealed partial class ClipIndex
{
    /// <summary>How much of the file's end identifies it: Parquet's own directory lies there.</summary>
    private const int FooterBytes = 1 << 16;

    /// <summary>
    /// Draws clips at random without putting any back, a clip with twice the <c>weight</c> twice as likely (Efraimidis and Spirakis 2006:
    /// the smallest of -ln(u) / weight). For indices of millions of clips: only the columns of the condition and the weight are read.
    /// </summary>
    /// <param name="where">A SQL condition over the columns, or empty.</param>
    /// <param name="count">How many; fewer come if fewer match.</param>
    /// <param name="seed">The same seed gives the same draw from the same file.</param>
    /// <returns>Row numbers, in the order drawn.</returns>
    /// <exception cref="InputException">The condition is not valid SQL.</exception>
    public List<long> Draw(string where, int count, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        // The hash's upper 52 bits as a number in (0, 1).
        string sql = $"""
            SELECT file_row_number FROM (
                SELECT file_row_number, -ln(((hash(file_row_number, {seed}::UBIGINT) >> 12) + 0.5) / 4503599627370496.0) / weight AS arrival
                FROM clips WHERE weight > 0 AND ({Condition(where)}
            )) ORDER BY arrival, file_row_number LIMIT {count}
            """;
        return Numbers(sql, where);
    }

    /// <summary>Some rows by their number.</summary>
    /// <param name="numbers">Row numbers, as <see cref="Draw"/> gives them.</param>
    /// <returns>The rows, in the order asked for.</returns>
    /// <exception cref="InputException">The file has been damaged since it was opened.</exception>
    public List<ClipRow> Rows(IReadOnlyList<long> numbers)
    {
        var found = new Dictionary<long, ClipRow>(numbers.Count);
        lock (_lock)
        {
            try
            {
                using var reader = _database.Query($"SELECT {ColumnList}, file_row_number FROM clips WHERE file_row_number IN ({string.Join(", ", numbers)})");
                while (reader.Read())
                    found[reader.GetInt64(_columns.Length)] = ReadRow(reader);
            }
            catch (DuckException e)
            {
                throw Unreadable(FilePath, e);
            }
        }
        return [.. numbers.Select(number => found[number])];
    }

    /// <summary>The names of some rows.</summary>
    /// <param name="numbers">Row numbers.</param>
    /// <returns>Their clip_id, in the order asked for.</returns>
    public List<string> Ids(IReadOnlyList<long> numbers)
    {
        var found = new Dictionary<long, string>(numbers.Count);
        lock (_lock)
        {
            using var reader = _database.Query($"SELECT clip_id, file_row_number FROM clips WHERE file_row_number IN ({string.Join(", ", numbers)})");
            while (reader.Read())
                found[reader.GetInt64(1)] = reader.GetString(0);
        }
        return [.. numbers.Select(number => found[number])];
    }

    /// <summary>How many clips match, and their sizes.</summary>
    /// <param name="where">A SQL condition over the columns, or empty.</param>
    /// <exception cref="InputException">The condition is not valid SQL.</exception>
    public (long Count, IReadOnlyList<(int Frames, int Height, int Width)> Sizes) Survey(string where)
    {
        var sizes = new List<(int, int, int)>();
        long count = 0;
        lock (_lock)
        {
            try
            {
                using var reader = _database.Query($"SELECT frames, height, width, count(*) FROM clips WHERE ({Condition(where)}\n) GROUP BY ALL ORDER BY ALL");
                while (reader.Read())
                {
                    sizes.Add(((int)reader.GetInt64(0), (int)reader.GetInt64(1), (int)reader.GetInt64(2)));
                    count += reader.GetInt64(3);
                }
            }
            catch (DuckException e)
            {
                throw BadFilter(where, e);
            }
        }
        return (count, sizes);
    }

    /// <summary>Changes whenever the file's rows do.</summary>
    public string Digest()
    {
        using var file = File.OpenRead(FilePath);
        var footer = new byte[Math.Min(file.Length, FooterBytes)];
        file.Seek(-footer.Length, SeekOrigin.End);
        file.ReadExactly(footer);
        return $"{file.Length} {Convert.ToHexStringLower(SHA256.HashData(footer))}";
    }

    private List<long> Numbers(string sql, string where)
    {
        var numbers = new List<long>();
        lock (_lock)
        {
            try
            {
                using var reader = _database.Query(sql);
                while (reader.Read())
                    numbers.Add(reader.GetInt64(0));
            }
            catch (DuckException e)
            {
                throw BadFilter(where, e);
            }
        }
        return numbers;
    }
}
