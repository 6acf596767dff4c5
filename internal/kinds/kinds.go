// Package kinds is the list of all kinds of objects.
package kinds

import (
	"slices"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/kinds/accessmethod"
	"github.com/cairndb/cairn/internal/kinds/aggregate"
	"github.com/cairndb/cairn/internal/kinds/attribute"
	"github.com/cairndb/cairn/internal/kinds/basetype"
	"github.com/cairndb/cairn/internal/kinds/cast"
	"github.com/cairndb/cairn/internal/kinds/collation"
	"github.com/cairndb/cairn/internal/kinds/column"
	"github.com/cairndb/cairn/internal/kinds/columndefault"
	"github.com/cairndb/cairn/internal/kinds/comment"
	"github.com/cairndb/cairn/internal/kinds/composite"
	"github.com/cairndb/cairn/internal/kinds/constraint"
	"github.com/cairndb/cairn/internal/kinds/conversion"
	"github.com/cairndb/cairn/internal/kinds/cronjob"
	"github.com/cairndb/cairn/internal/kinds/defaultprivilege"
	"github.com/cairndb/cairn/internal/kinds/domain"
	"github.com/cairndb/cairn/internal/kinds/domainconstraint"
	"github.com/cairndb/cairn/internal/kinds/enum"
	"github.com/cairndb/cairn/internal/kinds/eventtrigger"
	"github.com/cairndb/cairn/internal/kinds/extension"
	"github.com/cairndb/cairn/internal/kinds/foreigndatawrapper"
	"github.com/cairndb/cairn/internal/kinds/foreigntable"
	"github.com/cairndb/cairn/internal/kinds/function"
	"github.com/cairndb/cairn/internal/kinds/grant"
	"github.com/cairndb/cairn/internal/kinds/identity"
	"github.com/cairndb/cairn/internal/kinds/index"
	"github.com/cairndb/cairn/internal/kinds/indexattach"
	"github.com/cairndb/cairn/internal/kinds/inheritance"
	"github.com/cairndb/cairn/internal/kinds/language"
	"github.com/cairndb/cairn/internal/kinds/largeobject"
	"github.com/cairndb/cairn/internal/kinds/materializedview"
	"github.com/cairndb/cairn/internal/kinds/member"
	"github.com/cairndb/cairn/internal/kinds/membership"
	"github.com/cairndb/cairn/internal/kinds/notnull"
	"github.com/cairndb/cairn/internal/kinds/operator"
	"github.com/cairndb/cairn/internal/kinds/operatorclass"
	"github.com/cairndb/cairn/internal/kinds/operatorfamily"
	"github.com/cairndb/cairn/internal/kinds/operatorfamilymember"
	"github.com/cairndb/cairn/internal/kinds/ownedby"
	"github.com/cairndb/cairn/internal/kinds/owner"
	"github.com/cairndb/cairn/internal/kinds/parametergrant"
	"github.com/cairndb/cairn/internal/kinds/partition"
	"github.com/cairndb/cairn/internal/kinds/pgmqqueue"
	"github.com/cairndb/cairn/internal/kinds/policy"
	"github.com/cairndb/cairn/internal/kinds/procedure"
	"github.com/cairndb/cairn/internal/kinds/publication"
	"github.com/cairndb/cairn/internal/kinds/publicationschema"
	"github.com/cairndb/cairn/internal/kinds/publicationtable"
	"github.com/cairndb/cairn/internal/kinds/rangetype"
	"github.com/cairndb/cairn/internal/kinds/role"
	"github.com/cairndb/cairn/internal/kinds/rule"
	"github.com/cairndb/cairn/internal/kinds/schema"
	"github.com/cairndb/cairn/internal/kinds/securitylabel"
	"github.com/cairndb/cairn/internal/kinds/sequence"
	"github.com/cairndb/cairn/internal/kinds/server"
	"github.com/cairndb/cairn/internal/kinds/setting"
	"github.com/cairndb/cairn/internal/kinds/statistics"
	"github.com/cairndb/cairn/internal/kinds/storagebucket"
	"github.com/cairndb/cairn/internal/kinds/subscription"
	"github.com/cairndb/cairn/internal/kinds/table"
	"github.com/cairndb/cairn/internal/kinds/tablespace"
	"github.com/cairndb/cairn/internal/kinds/textsearchconfiguration"
	"github.com/cairndb/cairn/internal/kinds/textsearchdictionary"
	"github.com/cairndb/cairn/internal/kinds/textsearchparser"
	"github.com/cairndb/cairn/internal/kinds/textsearchtemplate"
	"github.com/cairndb/cairn/internal/kinds/transform"
	"github.com/cairndb/cairn/internal/kinds/trigger"
	"github.com/cairndb/cairn/internal/kinds/usermapping"
	"github.com/cairndb/cairn/internal/kinds/view"
	"github.com/cairndb/cairn/internal/kinds/viewcolumn"
)

// All returns all kinds, in the order in which pg_dump writes them; what a plan does not order otherwise is ordered so.
func All() []*catalog.Kind { return ranked(slices.Concat(cluster(), database(), satellites(), last())) }

// Database returns the kinds of what a database holds, without those of what all databases of a server share: roles are
// taken for given.
func Database() []*catalog.Kind { return ranked(slices.Concat(database(), satellites(), last())) }

// Cluster returns the kinds of what all databases of a server share, with what hangs on it.
func Cluster() []*catalog.Kind { return ranked(slices.Concat(cluster(), satellites())) }

func ranked(all []*catalog.Kind) []*catalog.Kind {
	for i, k := range all {
		k.Rank = i + 1
	}
	return all
}

func cluster() []*catalog.Kind {
	return []*catalog.Kind{
		role.Kind(),
		membership.Kind(),
		tablespace.Kind(),
		setting.Kind(),
		parametergrant.Kind(),
	}
}

func database() []*catalog.Kind {
	return []*catalog.Kind{
		schema.Kind(),
		language.Kind(),
		collation.Kind(),
		transform.Kind(),
		extension.Kind(),
		member.Kind(),
		enum.Kind(),
		domain.Kind(),
		domainconstraint.Kind(),
		composite.Kind(),
		attribute.Kind(),
		rangetype.Kind(),
		basetype.Kind(),
		cast.Kind(),
		function.Kind(),
		procedure.Kind(),
		aggregate.Kind(),
		accessmethod.Kind(),
		operator.Kind(),
		operatorfamily.Kind(),
		operatorfamilymember.Kind(),
		operatorclass.Kind(),
		conversion.Kind(),
		textsearchparser.Kind(),
		textsearchtemplate.Kind(),
		textsearchdictionary.Kind(),
		textsearchconfiguration.Kind(),
		foreigndatawrapper.Kind(),
		server.Kind(),
		usermapping.Kind(),
		sequence.Kind(),
		table.Kind(),
		foreigntable.Kind(),
		inheritance.Kind(),
		partition.Kind(),
		view.Kind(),
		materializedview.Kind(),
		column.Kind(),
		viewcolumn.Kind(),
		columndefault.Kind(),
		notnull.Kind(),
		identity.Kind(),
		ownedby.Kind(),
		constraint.Kind(),
		index.Kind(),
		indexattach.Kind(),
		statistics.Kind(),
		rule.Kind(),
		trigger.Kind(),
		policy.Kind(),
		publication.Kind(),
		publicationtable.Kind(),
		publicationschema.Kind(),
		subscription.Kind(),
		eventtrigger.Kind(),
		largeobject.Kind(),
		pgmqqueue.Kind(),
		storagebucket.Kind(),
		cronjob.Kind(),
	}
}

func satellites() []*catalog.Kind {
	return []*catalog.Kind{
		owner.Kind(),
		comment.Kind(),
		securitylabel.Kind(),
		grant.Kind(),
	}
}

// last are the kinds of what would bear upon what is made after it.
func last() []*catalog.Kind {
	return []*catalog.Kind{
		defaultprivilege.Kind(),
	}
}
