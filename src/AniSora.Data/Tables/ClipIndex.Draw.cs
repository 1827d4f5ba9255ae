using System.Globalization;
using AniSora.Data.Tables;
using DuckDB.NET.Data;

namespace AniSora.Data;

public sealed partial class ClipIndex
{
    /// <summary>
    /// Draws clips at random without putting any back, a clip with twice the <c>weight</c> twice as likely (Efraimidis and Spirakis 2006:
    /// the smallest of -ln(u) / weight). For indices of millions of clips: only the columns of the condition and the weight are read.
    /// </summary>
    /// <param name="where">A SQL condition over the columns, or empty.</param>
    /// <param name="count">How many; fewer come if fewer match.</param>
    /// <param name="seed">The same seed gives the same draw from the same file.</param>
    /// <returns>Row numbers, in the order drawn.</returns>
    /// <exception cref="InputException">The condition is not valid SQL.</exception>
    public List<long> Draw(string where, int count, ulong seed) => [.. DrawWith("''", where, count, seed).Select(d => d.Row)];

    /// <summary>The same draw by its clips' names.</summary>
    /// <param name="where">A SQL condition over the columns, or empty.</param>
    /// <param name="count">How many; fewer come if fewer match.</param>
    /// <param name="seed">The same seed gives the same draw from the same file.</param>
    /// <returns>The clip_id of each, in the order drawn.</returns>
    /// <exception cref="InputException">The condition is not valid SQL.</exception>
    public List<string> DrawIds(string where, int count, ulong seed) => [.. DrawWith("clip_id", where, count, seed).Select(d => d.Id)];

    private readonly record struct Drawn(double Arrival, long Row, string Id);

    private List<Drawn> DrawWith(string id, string where, int count, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var (matching, weight) = TotalWeight(where);
        // About weight · bound clips arrive before a small bound: only these leave the database. The bound leaves room for chance.
        for (double bound = (1.2 * count + 100) / Math.Max(weight, double.Epsilon); ; bound *= 4)
        {
            bool all = count + 100 > 0.2 * matching || double.IsInfinity(bound);
            var drawn = DrawBefore(all ? double.MaxValue : bound, id, where, seed);
            if (!all && drawn.Count < count)
                continue;
            drawn.Sort((a, b) => a.Arrival != b.Arrival ? a.Arrival.CompareTo(b.Arrival) : a.Row.CompareTo(b.Row));
            return drawn[..Math.Min(count, drawn.Count)];
        }
    }

    private List<Drawn> DrawBefore(double bound, string id, string where, ulong seed)
    {
        var drawn = new List<Drawn>();
        // The hash's upper 52 bits as a number in (0, 1), in doubles: literals with a point would be exact decimals, twenty times as slow.
        string arrival = $"-ln(((hash(file_row_number, {seed}::UBIGINT) >> 12)::DOUBLE + 0.5::DOUBLE) / 4503599627370496::DOUBLE) / weight";
        lock (_lock)
        {
            using var reader = _database.Query(string.Create(CultureInfo.InvariantCulture,
                $"SELECT {arrival}, file_row_number, {id} FROM {Matching(where)} WHERE weight > 0 AND {arrival} < {bound:E17}"));
            while (reader.Read())
                drawn.Add(new Drawn(reader.GetDouble(0), reader.GetInt64(1), reader.GetString(2)));
        }
        return drawn;
    }

    private (long Clips, double Weight) TotalWeight(string where)
    {
        lock (_lock)
        {
            try
            {
                using var reader = _database.Query($"SELECT count(*), coalesce(sum(weight), 0) FROM {Matching(where)} WHERE weight > 0");
                reader.Read();
                return (reader.GetInt64(0), reader.GetDouble(1));
            }
            catch (DuckDBException e)
            {
                throw BadFilter(where, e);
            }
        }
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
                // A table, since a hundred thousand numbers in the statement's text take longer to parse than the rows to read.
                _database.Execute("CREATE OR REPLACE TEMP TABLE wanted (number BIGINT)");
                using (var appender = _database.CreateAppender("wanted"))
                {
                    foreach (long number in numbers)
                        appender.CreateRow().AppendValue(number).EndRow();
                }
                string range = numbers.Count == 0 ? "false" : $"file_row_number BETWEEN {numbers.Min()} AND {numbers.Max()}";
                using var reader = _database.Query($"SELECT {ColumnList}, file_row_number FROM clips SEMI JOIN wanted ON number = file_row_number WHERE {range}");
                while (reader.Read())
                    found[reader.GetInt64(Table<ClipRow>.Columns.Count)] = Table<ClipRow>.Row(reader);
            }
            catch (DuckDBException e)
            {
                throw ParquetFile.Unreadable(FilePath, e);
            }
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
                using var reader = _database.Query($"SELECT frames, height, width, count(*) FROM {Matching(where)} GROUP BY ALL ORDER BY ALL");
                while (reader.Read())
                {
                    sizes.Add(((int)reader.GetInt64(0), (int)reader.GetInt64(1), (int)reader.GetInt64(2)));
                    count += reader.GetInt64(3);
                }
            }
            catch (DuckDBException e)
            {
                throw BadFilter(where, e);
            }
        }
        return (count, sizes);
    }

    /// <summary>Size and rate of most of the clips that match.</summary>
    /// <param name="where">A SQL condition over the columns, or empty.</param>
    /// <returns>Frames, height and width in pixels, frames per second.</returns>
    /// <exception cref="InputException">The condition is not valid SQL, or nothing matches.</exception>
    public (int Frames, int Height, int Width, double Fps) UsualClip(string where)
    {
        lock (_lock)
        {
            try
            {
                using var reader = _database.Query($"SELECT frames, height, width, fps FROM {Matching(where)} GROUP BY ALL ORDER BY count(*) DESC, frames, height, width, fps LIMIT 1");
                if (reader.Read())
                    return ((int)reader.GetInt64(0), (int)reader.GetInt64(1), (int)reader.GetInt64(2), reader.GetDouble(3));
            }
            catch (DuckDBException e)
            {
                throw BadFilter(where, e);
            }
        }
        throw new InputException($"{FilePath}: no clip matches \"{where}\"; change data.where");
    }
}
