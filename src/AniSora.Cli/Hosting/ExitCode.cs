namespace AniSora.Cli.Hosting;

/// <summary>What the process tells the shell.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Ok = 0;

    /// <summary>The work failed, or a check that was asked for (doctor, parity) did not pass.</summary>
    public const int Failed = 1;

    /// <summary>The command line or a file it names is wrong; the message says which and how to mend it.</summary>
    public const int BadInput = 2;

    /// <summary>Stopped by SIGUSR1 or the run's stop file with a checkpoint, to go on later: what <c>scripts/train.sbatch</c> requeues a job on.</summary>
    public const int Requeue = 99;

    /// <summary>Stopped by Ctrl-C or SIGTERM (128 + SIGINT, the shell's convention).</summary>
    public const int Cancelled = 130;
}
