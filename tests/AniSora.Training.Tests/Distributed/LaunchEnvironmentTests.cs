using AniSora.Training.Distributed;

namespace AniSora.Training.Tests.Distributed;

public class LaunchEnvironmentTests
{
    [Fact]
    public void WithoutALauncherThereIsOneProcess() => Assert.Equal(LaunchEnvironment.Alone, Detect(""));

    [Fact]
    public void TorchrunsVariablesAreTakenAsTheyAre() => Assert.Equal(
        new LaunchEnvironment(5, 8, 1, 4, "node0", 2345, 2, "torchrun"),
        Detect("RANK=5 WORLD_SIZE=8 LOCAL_RANK=1 LOCAL_WORLD_SIZE=4 MASTER_ADDR=node0 MASTER_PORT=2345 TORCHELASTIC_RESTART_COUNT=2"));

    [Fact]
    public void MpirunInsideASlurmJobIsMpirun() => Assert.Equal(
        new LaunchEnvironment(1, 2, 1, 2, "127.0.0.1", 29500, 1, "OpenMPI"),
        Detect("OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_LOCAL_RANK=1 OMPI_COMM_WORLD_LOCAL_SIZE=2 SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=1 SLURM_RESTART_COUNT=1"));

    // Jobs on one host do not meet at one port, and anisora launch says how often it has started this one.
    [Fact]
    public void MpirunsJobsAreToldApart() => Assert.Equal(
        new LaunchEnvironment(1, 2, 1, 2, "127.0.0.1", 20000 + 52868 % 10000, 3, "OpenMPI"),
        Detect("OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_LOCAL_RANK=1 OMPI_COMM_WORLD_LOCAL_SIZE=2 PMIX_NAMESPACE=3464757249 TORCHELASTIC_RESTART_COUNT=3"));

    [Fact]
    public void MpirunOverHostsNeedsAMaster() => Assert.Contains("-x MASTER_ADDR", Assert.Throws<InputException>(() =>
        Detect("OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_LOCAL_RANK=1 OMPI_COMM_WORLD_LOCAL_SIZE=2")).Message);

    [Fact]
    public void ASlurmStepIsUnderstood() => Assert.Equal(
        new LaunchEnvironment(4, 5, 0, 1, "10.0.0.7", 21234, 1, "Slurm"),
        Detect("SLURM_PROCID=4 SLURM_STEP_NUM_TASKS=5 SLURM_LOCALID=0 SLURM_NODEID=2 SLURM_STEP_TASKS_PER_NODE=2(x2),1 SLURM_JOB_ID=71234 " +
            "SLURM_STEP_NODELIST=no-such-host[1-3] SLURM_LAUNCH_NODE_IPADDR=10.0.0.7 SLURM_RESTART_COUNT=1"));

    [Fact]
    public void ASlurmStepsFirstHostListensWhereItsNameIsKnown() =>
        Assert.Equal("localhost", Detect("SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=2 SLURM_LOCALID=0 SLURM_STEP_NODELIST=localhost SLURM_STEP_TASKS_PER_NODE=2 SLURM_LAUNCH_NODE_IPADDR=10.0.0.7").MasterAddress);

    // Outside srun a batch script has a rank too, but there is no step and nobody else.
    [Fact]
    public void ABatchScriptIsNoStep() => Assert.Equal(LaunchEnvironment.Alone, Detect("SLURM_PROCID=0 SLURM_LOCALID=0 SLURM_NTASKS=4 SLURM_JOB_ID=3"));

    [Theory]
    [InlineData("gpu007", "gpu007")]
    [InlineData("gpu007,gpu009", "gpu007")]
    [InlineData("gpu[007-010,12],login", "gpu007")]
    [InlineData("gpu[7,9]-ib,login", "gpu7-ib")]
    [InlineData("login,gpu[1-2]", "login")]
    public void TheFirstHostOfAList(string list, string host) => Assert.Equal(host, LaunchEnvironment.FirstHost(list));

    [Theory]
    [InlineData("RANK=0", "WORLD_SIZE is not set")]
    [InlineData("WORLD_SIZE=2", "RANK is not set")]
    [InlineData("RANK=2 WORLD_SIZE=2", "rank 2 of 2")]
    [InlineData("RANK=x WORLD_SIZE=2", "RANK is \"x\"")]
    [InlineData("RANK=0 WORLD_SIZE=2 MASTER_PORT=99999", "MASTER_PORT")]
    [InlineData("SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=2 SLURM_LOCALID=0 SLURM_NODEID=3 SLURM_STEP_TASKS_PER_NODE=1(x2)", "SLURM_NODEID 3")]
    public void IncompleteVariablesAreNamed(string variables, string part) =>
        Assert.Contains(part, Assert.Throws<InputException>(() => Detect(variables)).Message);

    private static LaunchEnvironment Detect(string variables)
    {
        var set = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => v.Split('=', 2)).ToDictionary(v => v[0], v => v[1]);
        return LaunchEnvironment.Detect(name => set.GetValueOrDefault(name));
    }
}
