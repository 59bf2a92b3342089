//! Every planted fault changes an answer, and none does unless it is asked for.

use bothways_parallel::Schedule;
use bothways_parallel::fault::Fault;
use spec::outcome::Outcome;
use spec::plan::Plan;
use spec::query::JoinKind;
use spec::value::Type;

use super::plans::*;

/// A plan whose answer the fault spoils under some schedule.
fn witness(fault: Fault, world: &World) -> Plan {
    let key = |index, ty| vec![column(index, ty)];
    let scan = || world.scan(true);
    match fault {
        Fault::DuplicatedBlock
        | Fault::DroppedLastBlock
        | Fault::GatherOverReplicatedPlan
        | Fault::LastBatchLostAtDetach => gather(scan(), 2),
        Fault::CombineForgetsOneSide | Fault::InitialStatePerParticipant => {
            split(scan(), vec![], calls(), 2)
        }
        Fault::HavingAtPartialStage => filter(
            split(scan(), key(1, Type::Int4), calls(), 2),
            call(&MANY, vec![column(1, Type::Int8)]),
        ),
        Fault::UnmatchedInnerRowsPerParticipant | Fault::UnmatchedOuterRowsPerParticipant => {
            gather(hash_join(JoinKind::Left, scan(), world.scan(false)), 2)
        }
        Fault::WorkerErrorSwallowed => {
            gather(filter(scan(), call(&FAILS_AT_77, vec![column(0, Type::Int4)])), 2)
        }
        Fault::NullKeysMatch => {
            gather(hash_join_on(JoinKind::Inner, scan(), world.scan(false), 1), 2)
        }
        Fault::StaleSelection => {
            gather(filter(scan(), call(&IS_EVEN, vec![column(0, Type::Int4)])), 2)
        }
        Fault::LimitPerParticipant => limit(gather(scan(), 2), 5),
        Fault::DeviationsLoseBits => {
            // Two numbers in each group, 0 and one whose square has 52 bits: no tree of them rounds.
            let scattered = call(&SCATTERED, vec![column(0, Type::Int4)]);
            let variance = plain_call(aggregate("var_pop", &[Type::Float8]), vec![scattered]);
            let half = call(&HALF, vec![column(0, Type::Int4)]);
            split(scan(), vec![half], vec![variance], 2)
        }
        Fault::UnmatchedSharedRowsPerParticipant => {
            gather(shared(hash_join(JoinKind::Full, scan(), scan())), 2)
        }
        Fault::SharedTableProbedEarly => {
            gather(shared(hash_join(JoinKind::Inner, scan(), scan())), 2)
        }
        Fault::FloatGroupsByBytes => split(scan(), key(2, Type::Float8), calls(), 2),
    }
}

/// The rows in a fixed order, or the error.
fn answer(world: &World, plan: &Plan, schedule: &Schedule) -> String {
    match world.run(plan, schedule).outcome {
        Outcome::Rows(rows) if matches!(plan.node, spec::plan::Node::Limit { .. }) => {
            format!("{} rows", rows.rows.len())
        }
        Outcome::Rows(rows) => format!("{:?}", sorted(rows.rows)),
        Outcome::Error(error) => error.sqlstate.to_string(),
    }
}

#[test]
fn every_planted_fault_spoils_an_answer_and_only_when_asked_for() {
    let world = World::new(100);
    for &fault in Fault::ALL {
        let plan = witness(fault, &world);
        let expected = answer(&world, &plan, &Schedule::default());
        let spoiled = (0..30).filter(|&seed| {
            let sound = Schedule { rows_per_block: Some(3), ..Schedule::simulated(seed) };
            assert_eq!(answer(&world, &plan, &sound), expected, "{fault}: {sound}");
            let faulty = Schedule { fault: Some(fault), ..sound };
            answer(&world, &plan, &faulty) != expected
        });
        let spoiled = spoiled.count();
        assert!(spoiled > 0, "{fault} changes no answer");
        println!("{fault}: {spoiled} of 30 schedules");
    }
}
