// Package kinds is the list of all kinds of objects.
package kinds

import (
	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/kinds/aggregate"
	"github.com/cairndb/cairn/internal/kinds/attribute"
	"github.com/cairndb/cairn/internal/kinds/basetype"
	"github.com/cairndb/cairn/internal/kinds/collation"
	"github.com/cairndb/cairn/internal/kinds/column"
	"github.com/cairndb/cairn/internal/kinds/columndefault"
	"github.com/cairndb/cairn/internal/kinds/comment"
	"github.com/cairndb/cairn/internal/kinds/composite"
	"github.com/cairndb/cairn/internal/kinds/constraint"
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
	"github.com/cairndb/cairn/internal/kinds/materializedview"
	"github.com/cairndb/cairn/internal/kinds/member"
	"github.com/cairndb/cairn/internal/kinds/notnull"
	"github.com/cairndb/cairn/internal/kinds/ownedby"
	"github.com/cairndb/cairn/internal/kinds/owner"
	"github.com/cairndb/cairn/internal/kinds/partition"
	"github.com/cairndb/cairn/internal/kinds/policy"
	"github.com/cairndb/cairn/internal/kinds/procedure"
	"github.com/cairndb/cairn/internal/kinds/publication"
	"github.com/cairndb/cairn/internal/kinds/publicationschema"
	"github.com/cairndb/cairn/internal/kinds/publicationtable"
	"github.com/cairndb/cairn/internal/kinds/rangetype"
	"github.com/cairndb/cairn/internal/kinds/rule"
	"github.com/cairndb/cairn/internal/kinds/schema"
	"github.com/cairndb/cairn/internal/kinds/sequence"
	"github.com/cairndb/cairn/internal/kinds/server"
	"github.com/cairndb/cairn/internal/kinds/statistics"
	"github.com/cairndb/cairn/internal/kinds/subscription"
	"github.com/cairndb/cairn/internal/kinds/table"
	"github.com/cairndb/cairn/internal/kinds/trigger"
	"github.com/cairndb/cairn/internal/kinds/usermapping"
	"github.com/cairndb/cairn/internal/kinds/view"
	"github.com/cairndb/cairn/internal/kinds/viewcolumn"
)

// All returns all kinds, in the order in which pg_dump writes them; what a plan does not order otherwise is ordered so.
func All() []*catalog.Kind {
	all := []*catalog.Kind{
		schema.Kind(),
		collation.Kind(),
		extension.Kind(),
		member.Kind(),
		basetype.Kind(),
		enum.Kind(),
		domain.Kind(),
		domainconstraint.Kind(),
		composite.Kind(),
		attribute.Kind(),
		rangetype.Kind(),
		foreigndatawrapper.Kind(),
		server.Kind(),
		usermapping.Kind(),
		function.Kind(),
		procedure.Kind(),
		aggregate.Kind(),
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
		owner.Kind(),
		comment.Kind(),
		grant.Kind(),
		defaultprivilege.Kind(),
		eventtrigger.Kind(),
	}
	for i, k := range all {
		k.Rank = i + 1
	}
	return all
}
